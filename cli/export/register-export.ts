import type { Command } from 'commander';
import type { CliContext } from '../terminal/cli-context.ts';
import type { ExportOptions } from './command-export.ts';

const help = `
Writes events.jsonl (each event of the run as a line of JSON, as "watch --json" prints it), the folder files (the files of
the run) and run.json (its status, the cursor of the last event, and the list of files) into the folder. run.json is written
last: without it the export is not complete. Of a live run, the export has the events until now. The permission runs:read is
sufficient, and so is a link.

Exit codes:
  0    the run was exported
  1    there is no such run, the folder cannot be used, or another error occurred
  130  Ctrl-C
  143  terminated by SIGTERM`;

/** Registers the command `export`. */
export function registerExport(
  program: Command,
  done: (command: (context: CliContext) => Promise<number>) => Promise<void>,
): void {
  program
    .command('export')
    .argument('<run>', 'the run; or a link to it, in quotes')
    .description('write the events and the files of a run into a folder')
    .option('--out <folder>', 'the folder, which must be empty (default: a new one with the id of the run)')
    .option('--force', 'use a folder that is not empty, and replace files that are there')
    .option('--json', 'print the report as one line of JSON')
    .addHelpText('after', help)
    .action((run: string, options: ExportOptions) =>
      done(async (context) => {
        const { commandExport } = await import('./command-export.ts');
        return await commandExport(context, run, options);
      }),
    );
}
