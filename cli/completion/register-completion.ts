import { Argument, type Command } from 'commander';
import type { CliContext } from '../terminal/cli-context.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { hiddenCommand } from './completion-of.ts';
import { completionScripts, shells, type Shell } from './completion-scripts.ts';

/** Runs a command and reports its exit code. */
type Done = (command: (context: CliContext) => Promise<number>) => Promise<void>;

const completionHelp = `
Add one of these lines to the file that your shell reads when it starts:
  bash  source <(stagewire completion bash)
  zsh   source <(stagewire completion zsh)      after compinit
  fish  stagewire completion fish | source
`;

/** Registers the command `completion`, and the one that its scripts call. */
export function registerCompletion(program: Command, done: Done): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .description('print a script that completes commands, options, runs and roles in your shell')
    .addHelpText('after', completionHelp)
    .action((shell: Shell) =>
      done(async ({ screen }) => {
        await screen.write(completionScripts[shell]);
        return exitCodes.done;
      }),
    );
  program
    .command(hiddenCommand, { hidden: true })
    .requiredOption('--line <line>', 'the command line up to the cursor')
    .action(({ line }: { readonly line: string }) =>
      done(async (context) => {
        const { commandComplete } = await import('./command-complete.ts');
        return await commandComplete(context, program, line);
      }),
    );
}
