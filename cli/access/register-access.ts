import { parseAmount, unitMs } from '@stagewire/shared/units/amount';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { CreateKeyInput } from '@stagewire/client';
import type { CliContext } from '../terminal/cli-context.ts';
import type { CreateKeyOptions, KeysOptions } from './command-keys.ts';
import type { LoginOptions } from './command-login.ts';

/** Runs a command and reports its exit code. */
type Done = (command: (context: CliContext) => Promise<number>) => Promise<void>;

const permissions = [
  'runs:read',
  'runs:start',
  'runs:control',
  'runs:delete',
  'metrics:read',
  'admin',
] as const satisfies CreateKeyInput['permissions'];

const keysHelp = `
These commands write the data directory (STAGEWIRE_DATA_DIR, default ./data), with or without a running server, which
applies the change within two seconds. With --url or STAGEWIRE_URL they call that server, and need a key with the
permission admin.
`;

/** Registers the commands `keys`, `login` and `logout`. */
export function registerAccess(program: Command, done: Done): void {
  const keys = program
    .command('keys')
    .description('create, list and revoke access keys')
    .addHelpText('after', keysHelp);
  const subcommand = (name: string) =>
    keys
      .command(name)
      .option('--url <url>', 'the server (default: STAGEWIRE_URL, otherwise the data directory)')
      .option('--json', 'print JSON: one line, or one per key');

  subcommand('create')
    .description('create an access key; it is printed once, on standard output')
    .requiredOption('--name <name>', 'who or what uses the key')
    .option('--owner <owner>', 'the owner of its runs: keys of one owner share them (default: the name)')
    .addOption(new Option('--kind <kind>', 'a person or a program').choices(['user', 'bot']).default('user'))
    .option(
      '--permissions <list>',
      `what the key may do, separated by commas: ${permissions.join(', ')} (default: all except admin)`,
      permissionList,
    )
    .addOption(
      new Option('--expires <time>', 'when the key expires, e.g. 12h or 30d, or never')
        .argParser(expiry)
        .default(Infinity, 'never'),
    )
    .action((options: CreateKeyOptions) =>
      done(async (context) => {
        const { commandCreateKey } = await import('./command-keys.ts');
        return await commandCreateKey(context, options);
      }),
    );

  subcommand('list')
    .description('list access keys, newest first')
    .action((options: KeysOptions) =>
      done(async (context) => {
        const { commandListKeys } = await import('./command-keys.ts');
        return await commandListKeys(context, options);
      }),
    );

  subcommand('revoke')
    .argument('<id>', 'the id of the key')
    .description('revoke an access key for good')
    .action((id: string, options: KeysOptions) =>
      done(async (context) => {
        const { commandRevokeKey } = await import('./command-keys.ts');
        return await commandRevokeKey(context, id, options);
      }),
    );

  program
    .command('login')
    .description('sign in to a server: paste an access key, or send it to standard input')
    .option('--url <url>', 'the server (default: as for the other commands)')
    .option('--json', 'print the outcome as one line of JSON')
    .action((options: LoginOptions) =>
      done(async (context) => {
        const { commandLogin } = await import('./command-login.ts');
        return await commandLogin(context, options);
      }),
    );

  program
    .command('logout')
    .description('remove the stored access key of a server from this machine')
    .option('--url <url>', 'the server (default: as for the other commands)')
    .option('--json', 'print the outcome as one line of JSON')
    .action((options: LoginOptions) =>
      done(async (context) => {
        const { commandLogout } = await import('./command-login.ts');
        return await commandLogout(context, options);
      }),
    );
}

function permissionList(text: string): string[] {
  const names = text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
  const wrong = names.find((name) => !permissions.some((it) => it === name));
  if (wrong !== undefined) throw new InvalidArgumentError(`Expected a list of ${permissions.join(', ')}.`);
  return names;
}

function expiry(text: string): number {
  if (text === 'never') return Infinity;
  const ms = parseAmount(text, { units: unitMs, allowed: ['s', 'm', 'h', 'd'], isWhole: true });
  if (ms === undefined) throw new InvalidArgumentError('Expected a duration such as 12h or 30d, or never.');
  return ms;
}
