import { Option, type Command } from 'commander';
import type { CliContext } from '../terminal/cli-context.ts';
import { exitCodesHelp } from '../terminal/exit-codes.ts';
import type { ShareCommandOptions, UnshareCommandOptions } from './command-share.ts';
import { parseExpiry } from './parse-expiry.ts';

/** Runs a command and reports its exit code. */
type Done = (command: (context: CliContext) => Promise<number>) => Promise<void>;

const shareHelp = `
Everyone who has the link can use it, without an account: pass it on like a password. It is printed on standard output.
"watch LINK" shows the run in a terminal.
`;

/** Registers the commands `share` and `unshare`. */
export function registerShare(program: Command, done: Done): void {
  program
    .command('share')
    .argument('<runId>', 'the run')
    .description('create a link to a run, or list its links')
    .addOption(
      new Option(
        '--may <access>',
        'what the link permits: read the run, or also steer, redirect and cancel it',
      )
        .choices(['read', 'control'])
        .default('read'),
    )
    .addOption(
      new Option('--until <time>', 'when the link expires, e.g. 12h or 7d, or never')
        .argParser(parseExpiry)
        .default(Infinity, 'never'),
    )
    .option('--list', 'list the links of the run instead, without their secrets')
    .option('--json', 'print JSON: the link as one line; with --list one line per link')
    .addHelpText('after', shareHelp + exitCodesHelp)
    .action((runId: string, options: ShareCommandOptions) =>
      done(async (context) => {
        const { commandShare } = await import('./command-share.ts');
        return await commandShare(context, runId, options);
      }),
    );

  program
    .command('unshare')
    .argument('<runId>', 'the run')
    .argument('<shareId>', 'the id of the link, as "share --list" shows it')
    .description('remove a link to a run for good, and close its connections')
    .option('--json', 'print the receipt as one line of JSON')
    .addHelpText('after', exitCodesHelp)
    .action((runId: string, shareId: string, options: UnshareCommandOptions) =>
      done(async (context) => {
        const { commandUnshare } = await import('./command-share.ts');
        return await commandUnshare(context, { runId, shareId }, options);
      }),
    );
}
