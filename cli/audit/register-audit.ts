import { Option, type Command } from 'commander';
import type { CliContext } from '../terminal/cli-context.ts';
import { parseSince } from '../trace/parse-since.ts';
import type { AuditOptions } from './command-audit.ts';

const help = `
Each line is the instant, the actor, what it did, the owner, and the run, the command, the link or the access key. No line
has a text of a run. Commands of runs that were deleted or removed by retention are not listed any more. It needs the
permission admin.
`;

/** Registers the command `audit`. */
export function registerAudit(
  program: Command,
  done: (command: (context: CliContext) => Promise<number>) => Promise<void>,
): void {
  program
    .command('audit')
    .description('list who did what: starts, commands, links, deletions, access keys, sessions')
    .addOption(
      new Option('--since <time>', 'from when on: a duration such as 24h or 7d, or an instant')
        .argParser(parseSince)
        .default({ agoMs: 24 * 60 * 60 * 1000 }, '24h'),
    )
    .option('--actor <actor>', 'only what this actor did: its id, or its name')
    .option('--owner <owner>', 'only what belongs to this owner')
    .option('--run <run>', 'only what was done with this run')
    .option('--json', 'print one line of JSON per record')
    .addHelpText('after', help)
    .action((options: AuditOptions) =>
      done(async (context) => {
        const { commandAudit } = await import('./command-audit.ts');
        return await commandAudit(context, options);
      }),
    );
}
