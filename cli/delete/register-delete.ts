import { InvalidArgumentError, type Command } from 'commander';
import type { CliContext } from '../terminal/cli-context.ts';
import type { DeleteCommandOptions } from './command-delete.ts';

const help = `
Only runs that have ended, or that cannot be read, are deleted; end others with "cancel" first. A deleted run cannot be
restored. Without a terminal, or with --json, --yes is required.

Exit codes:
  0    all selected runs are deleted
  1    a run was not deleted, the question was not answered with yes, or another error occurred
  130  ended by Ctrl-C; the runs that are reported until then are deleted`;

/** Registers the command `delete`. */
export function registerDelete(
  program: Command,
  done: (command: (context: CliContext) => Promise<number>) => Promise<void>,
): void {
  program
    .command('delete')
    .argument('[runIds...]', 'the runs')
    .description('delete runs that have ended, with all their data')
    .option('--label <name=value>', 'all runs with this label; may be repeated', label)
    .option('--verify', 'all runs that "verify" has started')
    .option(
      '--owner <owner>',
      'with --label or --verify: only runs of this owner (default: of all your owners)',
    )
    .option('--yes', 'do not ask for confirmation')
    .option('--json', 'print the result as one line of JSON')
    .addHelpText('after', help)
    .action((runIds: string[], options: DeleteCommandOptions) =>
      done(async (context) => {
        const { commandDelete } = await import('./command-delete.ts');
        return await commandDelete(context, runIds, options);
      }),
    );
}

function label(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, value] = /^([^=]+)=([^]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Expected name=value.');
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`"${name}" is given twice.`);
  return { ...before, [name]: value };
}
