import type { Command } from 'commander';
import type { CliContext } from '../terminal/cli-context.ts';
import type { ImportCommandOptions } from './command-import.ts';

const help = `
Copies all runs of the data directory into the database of STAGEWIRE_DATABASE_URL, in STAGEWIRE_DATABASE_SCHEMA. No server may
run on the data directory; nodes may run on the database. The same command continues an import that was interrupted.
docs/OPERATIONS.md says what is kept.

Exit codes:
  0    everything is in the database
  1    the log is damaged, the database has another run with the same id, or another error occurred`;

/** Registers the command `import`. */
export function registerImport(
  program: Command,
  done: (command: (context: CliContext) => Promise<number>) => Promise<void>,
): void {
  program
    .command('import')
    .argument('<folder>', 'the data directory of a stopped server, e.g. ./data')
    .description('copy the log of a data directory into the database of several nodes')
    .option('--json', 'print the report as one line of JSON')
    .addHelpText('after', help)
    .action((folder: string, options: ImportCommandOptions) =>
      done(async (context) => {
        const { commandImport } = await import('./command-import.ts');
        return await commandImport(context, folder, options);
      }),
    );
}
