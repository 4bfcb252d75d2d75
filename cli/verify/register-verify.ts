import type { Command } from 'commander';
import type { CliContext } from '../terminal/cli-context.ts';
import { durationOption } from '../load/parse-units.ts';
import type { VerifyCommandOptions } from './command-verify.ts';

const help = `
Every check names the rule of PROTOCOL.md that it holds the server against. It speaks plain JSON over a WebSocket and
HTTP, without this project's client, and uses rehearsal models only. A rule that cannot be seen from outside is listed
as skipped, with the reason.

Exit codes:
  0    every check that was made has passed
  1    a check failed, or an error
  130  ended by Ctrl-C`;

/** Adds the command `verify`. */
export function registerVerify(
  program: Command,
  done: (command: (context: CliContext) => Promise<number>) => Promise<void>,
): void {
  program
    .command('verify')
    .description('hold a server against the rules of the protocol, from outside')
    .option('--url <url>', 'the server (default: as for the other commands)')
    .option(
      '--only <checks>',
      'numbers, rules (D7) or groups (D), with commas between; may be given again',
      words,
    )
    .option('--slow', 'those that take ten seconds, too')
    .addOption(durationOption('--patience <time>', 'how long a check waits for what must come', 10_000))
    .option('--json', 'print the report as JSON, and nothing else')
    .addHelpText('after', help)
    .action((options: VerifyCommandOptions) =>
      done(async (context) => {
        const { commandVerify } = await import('./command-verify.ts');
        return await commandVerify(context, options);
      }),
    );
}

function words(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(',').flatMap((word) => (word.trim() === '' ? [] : [word.trim()]))];
}
