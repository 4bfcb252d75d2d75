import { InvalidArgumentError, Option, type Command } from 'commander';
import type { CliContext } from '../terminal/cli-context.ts';
import { exitCodesHelp } from '../terminal/exit-codes.ts';
import type { FilesCommandOptions } from './command-files.ts';
import { parsePlace, type PlaceOption } from './files-at.ts';

const help = `
Without --out, --zip, --path or --diff, the files are listed. A point in a run is a stage (2: its last attempt), a stage
and attempt (2.1), or "given": the context files as they were given.

Files are saved only inside the folder. Nothing is written if one of them would replace a different file there, unless
--force is given. A name that is not safe on every system is changed, and the change is shown.
`;

/** Registers the command `files`. */
export function registerFiles(
  program: Command,
  done: (command: (context: CliContext) => Promise<number>) => Promise<void>,
): void {
  program
    .command('files')
    .argument('[runId]', 'the run (default: the newest run that has ended)')
    .description('list, print, compare or save the files of a run')
    .option('--out <folder>', 'save the files in this folder')
    .option('--zip <file>', 'save the files in this ZIP')
    .option('--force', 'replace files that are there')
    .addOption(new Option('--at <point>', 'the files at this point (default: the latest)').argParser(place))
    .option('--path <path>', 'only this file; without --out and --zip, print it')
    .addOption(
      new Option(
        '--diff <points>',
        'print a patch: from a point to --at, or between two points (2..4.1)',
      ).argParser(twoPlaces),
    )
    .option('--json', 'print the result as one line of JSON')
    .addHelpText('after', help + exitCodesHelp)
    .action((runId: string | undefined, options: FilesCommandOptions) =>
      done(async (context) => {
        const { commandFiles } = await import('./command-files.ts');
        return await commandFiles(context, runId, options);
      }),
    );
}

function place(text: string): PlaceOption {
  const parsed = parsePlace(text);
  if (parsed === undefined) {
    throw new InvalidArgumentError('Expected a stage (2), a stage and attempt (2.1), or given.');
  }
  return parsed;
}

function twoPlaces(text: string): NonNullable<FilesCommandOptions['diff']> {
  const [from = '', to, ...rest] = text.split('..');
  if (rest.length > 0 || to === '') throw new InvalidArgumentError('Expected one point (2) or two (2..4.1).');
  return { from: place(from), ...(to !== undefined && { to: place(to) }) };
}
