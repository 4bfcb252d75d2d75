import type { Command } from 'commander';
import type { CliContext } from '../terminal/cli-context.ts';
import { exitCodesHelp } from '../terminal/exit-codes.ts';

/** Registers the command `models`. */
export function registerModels(
  program: Command,
  done: (command: (context: CliContext) => Promise<number>) => Promise<void>,
): void {
  program
    .command('models')
    .description('list the models that runs can name, by provider')
    .option('--json', 'print the list as one line of JSON')
    .addHelpText('after', exitCodesHelp)
    .action((options: { readonly json?: boolean }) =>
      done(async (context) => {
        const { commandModels } = await import('./command-models.ts');
        return await commandModels(context, options);
      }),
    );
}
