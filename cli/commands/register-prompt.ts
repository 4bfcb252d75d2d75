import { Option, type Command } from 'commander';
import type { CliContext } from '../terminal/cli-context.ts';
import { exitCodesHelp } from '../terminal/exit-codes.ts';
import type { PromptOptions } from './command-prompt.ts';
import { runDefault, wholeNumber } from './option-parsers.ts';

/** Registers the command `prompt`. */
export function registerPrompt(
  program: Command,
  done: (command: (context: CliContext) => Promise<number>) => Promise<void>,
): void {
  program
    .command('prompt')
    .argument('[runId]', runDefault)
    .description('show the prompt of an attempt')
    .addOption(new Option('--stage <n>', 'the stage (default: the latest)').argParser(wholeNumber))
    .addOption(
      new Option('--attempt <n>', 'the attempt of that stage (default: the latest)').argParser(wholeNumber),
    )
    .option(
      '--diff',
      'show what has changed since the previous attempt of the stage, or since the previous stage of this role',
    )
    .option('--json', 'print only the prompt, or the changes, as one line of JSON')
    .addHelpText('after', exitCodesHelp)
    .action((runId: string | undefined, options: PromptOptions) =>
      done(async (context) => {
        const { commandPrompt } = await import('./command-prompt.ts');
        return await commandPrompt(context, runId, options);
      }),
    );
}
