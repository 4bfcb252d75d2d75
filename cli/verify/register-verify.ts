import type { Command } from 'commander';
import type { CliContext } from '../terminal/cli-context.ts';
import { append } from '../commands/option-parsers.ts';
import { durationOption } from '../load/parse-units.ts';
import type { VerifyCommandOptions } from './command-verify.ts';

const help = `
Each check tests one rule of PROTOCOL.md. The checks use plain JSON over WebSocket and HTTP, without this project's
client, and only the model rehearsal. A rule that cannot be tested from outside is listed as skipped, with the reason.

Exit codes:
  0    all executed checks passed
  1    a check failed, or another error occurred
  130  ended by Ctrl-C`;

/** Registers the command `verify`. */
export function registerVerify(
  program: Command,
  done: (command: (context: CliContext) => Promise<number>) => Promise<void>,
): void {
  program
    .command('verify')
    .description('test whether a running server complies with PROTOCOL.md')
    .option(
      '--url <url>',
      'the server (default: as for the other commands); repeated: several nodes of one cluster',
      append,
    )
    .option(
      '--only <checks>',
      'only these checks: numbers, rules (D7) or groups (D), separated by commas; may be repeated',
      words,
    )
    .option('--slow', 'include checks that take ten seconds')
    .addOption(durationOption('--patience <time>', 'timeout of a check', 10_000))
    .option('--keep', 'keep the runs of the checks; otherwise they are deleted at the end')
    .option(
      '--json [file]',
      'print only the report, as JSON; with a file, print as usual and write the JSON there',
    )
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
