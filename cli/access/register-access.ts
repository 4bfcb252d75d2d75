import { InvalidArgumentError, Option, type Command } from 'commander';
import type { CreateKeyInput } from '@stagewire/client';
import type { CliContext } from '../terminal/cli-context.ts';
import type { CreateKeyOptions, KeysOptions } from './command-keys.ts';
import type { LoginOptions, LogoutOptions } from './command-login.ts';
import { parseExpiry } from './parse-expiry.ts';

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
applies the change within two seconds. With STAGEWIRE_DATABASE_URL they write that database, and all nodes that share it
apply the change within five seconds. With --url or STAGEWIRE_URL they call that server, and need a key with the
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
      .option(
        '--url <url>',
        'the server (default: STAGEWIRE_URL, otherwise the database, or the data directory)',
      )
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
        .argParser(parseExpiry)
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
    .description('sign in to a server: in a browser if it offers that, otherwise by an access key')
    .option('--url <url>', 'the server (default: as for the other commands)')
    .option('--key', 'paste an access key or a token, also if the server offers a browser')
    .option('--scope <scope>', 'what to ask the identity provider for, e.g. "openid groups"')
    .option('--json', 'print the outcome as one line of JSON')
    .action((options: LoginOptions) =>
      done(async (context) => {
        const { commandLogin } = await import('./command-login.ts');
        return await commandLogin(context, options);
      }),
    );

  program
    .command('logout')
    .description('remove the stored key or token of a server from this machine')
    .option('--url <url>', 'the server (default: as for the other commands)')
    .option('--json', 'print the outcome as one line of JSON')
    .action((options: LogoutOptions) =>
      done(async (context) => {
        const { commandLogout } = await import('./command-login.ts');
        return await commandLogout(context, options);
      }),
    );
}

function permissionList(text: string): string[] {
  const names = text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
  const isKnown = names.every((name) => permissions.some((it) => it === name));
  // None at all is more likely a variable that is not set than a key that may do nothing.
  if (names.length === 0 || !isKnown)
    throw new InvalidArgumentError(`Expected a list of ${permissions.join(', ')}.`);
  return names;
}
