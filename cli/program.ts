import { Command, Option } from 'commander';
import { version } from '@stagewire/server/process/version';
import type { CliContext } from './terminal/cli-context.ts';
import type { ListOptions } from './commands/command-list.ts';
import type { CheckOptions } from './commands/command-check.ts';
import { commandName } from './terminal/cli-problem.ts';
import type { RunCommandOptions, WatchCommandOptions } from './commands/command-run.ts';
import { instructionInput, readText, taskInput } from './commands/read-text.ts';
import { registerDelete } from './delete/register-delete.ts';
import { registerFiles } from './files/register-files.ts';
import { configureUsageErrors } from './terminal/usage-errors.ts';
import { exitCodesHelp } from './terminal/exit-codes.ts';
import type { CancelOptions, CommandOptions, SteerOptions } from './commands/send-command.ts';
import { registerAccess } from './access/register-access.ts';
import { withCommand, withStart, withView } from './commands/command-options.ts';
import { append, pair, runDefault, wholeNumber } from './commands/option-parsers.ts';
import { registerModels } from './commands/register-models.ts';
import { registerPrompt } from './commands/register-prompt.ts';
import { registerShare } from './access/register-share.ts';
import { registerCompletion } from './completion/register-completion.ts';
import { registerCluster } from './cluster/register-cluster.ts';
import { registerForward } from './forward/register-forward.ts';
import { registerOperator } from './register-operator.ts';
import { registerLoad } from './load/register-load.ts';
import { registerVerify } from './verify/register-verify.ts';

export interface ProgramOptions {
  /** Called only by commands that need it: `serve` handles signals itself. */
  readonly createContext: () => Promise<CliContext>;
  readonly onExitCode: (code: number) => void;
  /** Whether errors are written as JSON. */
  readonly jsonErrors: boolean;
}

/** Defines every command, its options and its action. What runs a command is loaded when it is given: all take 0.1 s to load. */
export function createProgram({ createContext, onExitCode, jsonErrors }: ProgramOptions): Command {
  const program = new Command()
    .name(commandName)
    .description(
      'Run a task through a pipeline of LLM roles, stream every token, and steer each role while it writes.',
    )
    .version(version)
    .addHelpText('after', whereHelp + exitCodesHelp);
  const done = async (command: (context: CliContext) => Promise<number>) =>
    onExitCode(await command(await createContext()));

  withView(
    withStart(
      program
        .command('run')
        .argument('[task...]', 'the task; - reads it from standard input; required without --from'),
    ),
  )
    .description('start a run and watch it')
    .addHelpText('after', runHelp + exitCodesHelp)
    .action((words: string[], options: RunCommandOptions, command: Command) => {
      if (words.length === 0 && options.from === undefined) {
        command.error("error: missing required argument 'task' (or --from)", {
          code: 'commander.missingArgument',
        });
      }
      return done(async (context) => {
        const task = words.length === 0 ? undefined : await readText(context, words, taskInput);
        const { commandRun } = await import('./commands/command-run.ts');
        return commandRun(context, task, options);
      });
    });

  withView(program.command('watch').argument('[run]', `${runDefault}; or a link to a run, in quotes`))
    .description('show a run from its first event until it ends')
    .addHelpText('after', exitCodesHelp)
    .action((run: string | undefined, options: WatchCommandOptions) =>
      done(async (context) => {
        const { commandWatch } = await import('./commands/command-run.ts');
        return commandWatch(context, run, options);
      }),
    );

  withCommand(
    program.command('steer').argument('<text...>', 'the instruction; - reads it from standard input'),
  )
    .description('give the model an instruction while it writes')
    .addOption(
      new Option(
        '--mode <mode>',
        'continue or restart the stage, or apply to the next one (default: continue where it is possible)',
      ).choices(['continue', 'restart', 'next']),
    )
    .addOption(
      new Option(
        '--scope <scope>',
        'which stages get the instruction: this stage only, or this and all later ones',
      )
        .choices(['stage', 'run'])
        .default('run'),
    )
    .option('--drop-draft', 'leave the interrupted draft out of the next prompt; only with --mode restart')
    .action((text: string[], options: SteerOptions) =>
      done(async (context) => {
        const { commandSteer } = await import('./commands/send-command.ts');
        return commandSteer(context, await readText(context, text, instructionInput), options);
      }),
    );

  withCommand(
    program
      .command('redirect')
      .argument('<role>', 'the role of the next stage')
      .argument('[text...]', 'an instruction for this role and all later ones'),
  )
    .description('end the current stage and continue with another role')
    .action((to: string, text: string[], options: CommandOptions) =>
      done(async (context) => {
        const { commandRedirect } = await import('./commands/send-command.ts');
        const instruction = text.length === 0 ? undefined : text.join(' ');
        return commandRedirect(context, { to, text: instruction }, options);
      }),
    );

  withCommand(program.command('cancel'))
    .description('cancel the run, or only its current stage')
    .option('--stage', 'cancel only the current stage: its text is kept, and the run continues')
    .option('--reason <text>', 'a reason, shown to every subscriber')
    .action((options: CancelOptions) =>
      done(async (context) => {
        const { commandCancel } = await import('./commands/send-command.ts');
        return commandCancel(context, options);
      }),
    );

  registerPrompt(program, done);
  registerModels(program, done);

  program
    .command('list')
    .description('list runs, newest first')
    .addOption(new Option('--limit <n>', 'maximum number of runs').argParser(wholeNumber).default(20))
    .addOption(
      new Option('--status <status>', 'only runs with this status').choices([
        'queued',
        'running',
        'completed',
        'failed',
        'cancelled',
        'unreadable',
      ]),
    )
    .option('--label <name=value>', 'only runs with this label; may be repeated', pair)
    .option('--owner <owner>', 'only runs of this owner (default: of all your owners)')
    .option(
      '--search <words>',
      'only runs with these words in their task or labels, or with this beginning of their id',
    )
    .option('--json', 'print the page of runs as one line of JSON')
    .action((options: ListOptions) =>
      done(async (context) => {
        const { commandList } = await import('./commands/command-list.ts');
        return commandList(context, options);
      }),
    );

  program
    .command('info')
    .description('show the version, models and features of the server')
    .option('--json', 'print it as one line of JSON')
    .action((options: { readonly json?: boolean }) =>
      done(async (context) => {
        const { commandInfo } = await import('./commands/command-list.ts');
        return commandInfo(context, options);
      }),
    );

  program
    .command('check')
    .description('check the integrity of the event log; the server must be stopped')
    .option('--remove <runId>', 'remove a run that has ended or cannot be read; may be repeated', append)
    .option('--json', 'print the report as one line of JSON')
    .addHelpText('after', checkHelp)
    .action((options: CheckOptions) =>
      done(async (context) => {
        const { commandCheck } = await import('./commands/command-check.ts');
        return commandCheck(context, options);
      }),
    );

  registerAccess(program, done);
  registerShare(program, done);
  registerDelete(program, done);
  registerFiles(program, done);
  registerForward(program, done);
  registerLoad(program, done);
  registerVerify(program, done);
  registerCluster(program, done);
  registerOperator(program, done);
  registerCompletion(program, done);

  program
    .command('serve')
    .description('start the server and its console (the default command)')
    .action(async () => {
      const { serve } = await import('@stagewire/server/serve');
      onExitCode(await serve());
    });

  configureUsageErrors(program, { json: jsonErrors });
  return program;
}

const whereHelp = `
Commands connect to the server at STAGEWIRE_URL. If that is not set, they connect to the server that is running on the
data directory (STAGEWIRE_DATA_DIR, default ./data). If none is running, "run" starts one until the run ends.
If the server requires authentication, they send STAGEWIRE_TOKEN, or the access key that "login" has stored.
`;

const checkHelp = `
Reads every event in the data directory (STAGEWIRE_DATA_DIR, default ./data). Changes nothing, unless --remove is given.
Exit code 0: the log is intact; 1: it is damaged or cannot be opened.
`;

const runHelp = `
If no server is running, the command starts one and stops it when the run ends. Ctrl-C then cancels the run; a second
Ctrl-C exits immediately, and the run resumes when a server is started again. If a server is already running, Ctrl-C
only detaches, and the run continues.
`;
