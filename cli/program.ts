import { Command, InvalidArgumentError, Option } from 'commander';
import type { Expect, StartFrom } from '@stagewire/client';
import { version } from '@stagewire/server/process/version';
import type { CliContext } from './terminal/cli-context.ts';
import { commandInfo, commandList, type ListOptions } from './commands/command-list.ts';
import { commandCheck, type CheckOptions } from './commands/command-check.ts';
import { commandName } from './terminal/cli-problem.ts';
import {
  commandRun,
  commandWatch,
  type RunCommandOptions,
  type WatchCommandOptions,
} from './commands/command-run.ts';
import { parseFrom } from './commands/parse-from.ts';
import { instructionInput, readText, taskInput } from './commands/read-text.ts';
import { registerDelete } from './delete/register-delete.ts';
import { registerFiles } from './files/register-files.ts';
import { configureUsageErrors } from './terminal/usage-errors.ts';
import { exitCodesHelp } from './terminal/exit-codes.ts';
import {
  type CancelOptions,
  commandCancel,
  type CommandOptions,
  commandRedirect,
  commandSteer,
  parseExpect,
  type SteerOptions,
} from './commands/send-command.ts';
import { registerAccess } from './access/register-access.ts';
import {
  amount,
  append,
  effortPair,
  list,
  modelPair,
  modelRef,
  pair,
  runDefault,
  tokenCount,
  tokensPair,
  wholeNumber,
} from './commands/option-parsers.ts';
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

/** Defines every command, its options and its action. */
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
        return commandRun(context, task, options);
      });
    });

  withView(program.command('watch').argument('[run]', `${runDefault}; or a link to a run, in quotes`))
    .description('show a run from its first event until it ends')
    .addHelpText('after', exitCodesHelp)
    .action((run: string | undefined, options: WatchCommandOptions) =>
      done((context) => commandWatch(context, run, options)),
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
      done(async (context) =>
        commandSteer(context, await readText(context, text, instructionInput), options),
      ),
    );

  withCommand(
    program
      .command('redirect')
      .argument('<role>', 'the role of the next stage')
      .argument('[text...]', 'an instruction for this role and all later ones'),
  )
    .description('end the current stage and continue with another role')
    .action((to: string, text: string[], options: CommandOptions) =>
      done((context) =>
        commandRedirect(context, { to, text: text.length === 0 ? undefined : text.join(' ') }, options),
      ),
    );

  withCommand(program.command('cancel'))
    .description('cancel the run, or only its current stage')
    .option('--stage', 'cancel only the current stage: its text is kept, and the run continues')
    .option('--reason <text>', 'a reason, shown to every subscriber')
    .action((options: CancelOptions) => done((context) => commandCancel(context, options)));

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
    .action((options: ListOptions) => done((context) => commandList(context, options)));

  program
    .command('info')
    .description('show the version, models and features of the server')
    .option('--json', 'print it as one line of JSON')
    .action((options: { readonly json?: boolean }) => done((context) => commandInfo(context, options)));

  program
    .command('check')
    .description('check the integrity of the event log; the server must be stopped')
    .option('--remove <runId>', 'remove a run that has ended or cannot be read; may be repeated', append)
    .option('--json', 'print the report as one line of JSON')
    .addHelpText('after', checkHelp)
    .action((options: CheckOptions) => done((context) => commandCheck(context, options)));

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

function withStart(command: Command): Command {
  return command
    .option(
      '--from <run[:stage[.attempt]]>',
      'start from a run that has ended: RUN is a follow-up of a completed run and a rerun of a failed one; :STAGE ' +
        'reruns from that stage; .ATTEMPT continues the text of that attempt. What is left out is that of RUN',
      fromOf,
    )
    .option(
      '--roles <roles>',
      'the roles of the run, e.g. architect,coder,reviewer (default: all except tester)',
      list,
    )
    .option('--with-tester', 'add the tester, which is not part of a run by default')
    .option('--max-refinements <n>', 'maximum number of refinement stages', wholeNumber)
    .option(
      '--model <ref>',
      'the model: provider/name, or rehearsal (the built-in simulated model)',
      modelRef,
    )
    .option('--model-for <role=ref>', 'the model of one role; may be repeated', modelPair)
    .option(
      '--effort <role=level>',
      'reasoning effort: low, medium or high; role=level for one role, level alone for all roles; may be repeated',
      effortPair,
    )
    .option(
      '--max-output-tokens <role=n>',
      'output token limit, reasoning included; role=n for one role, n alone for all roles; may be repeated',
      tokensPair,
    )
    .option(
      '--max-tokens <n>',
      'budget of the run: input and output tokens of all attempts; at the limit the run fails and keeps its text',
      tokenCount,
    )
    .option(
      '--max-cost <amount>',
      'budget of the run in the currency of the server, e.g. 0.50; requires a price list on the server',
      amount,
    )
    .option('--file <path>', 'a text file to include in the prompts of all roles; may be repeated', append)
    .option('--instruct <text>', 'an instruction for all roles')
    .option('--instruct-for <role=text>', 'an instruction for one role; may be repeated', pair)
    .option('--label <name=value>', 'a label of the run; may be repeated', pair)
    .option('--owner <owner>', 'the owner of the run (default: your first owner; with --from that of RUN)');
}

function withView(command: Command): Command {
  return command
    .option('--json', 'print only the events, each as one line of JSON')
    .option('--raw', 'also print the reviewer’s raw JSON, not only its issues')
    .option('--no-reasoning', 'do not show reasoning')
    .option('--no-keys', 'do not read keys from the terminal, and do not list them')
    .option('--out <folder>', 'save the files in this folder when the run has ended')
    .option('--force', 'with --out: use a folder that is not empty, and replace files that are there');
}

function withCommand(command: Command): Command {
  return command
    .option('--run <runId>', runDefault)
    .option(
      '--expect <what>',
      'reject the command unless this role, stage (2), or stage and attempt (2.1) is current; any: never reject it for ' +
        'that reason (default: the stage that is current when the command starts)',
      expectOf,
    )
    .option('--no-wait', 'do not wait for the outcome')
    .option('--json', 'print the receipt and the outcome as one line of JSON')
    .addHelpText('after', exitCodesHelp);
}

function fromOf(text: string): StartFrom {
  const from = parseFrom(text);
  if (from === undefined) {
    throw new InvalidArgumentError(
      'Expected a run (run_…), with a stage (run_…:2), or an attempt (run_…:2.1).',
    );
  }
  return from;
}

function expectOf(text: string): Expect {
  const expect = parseExpect(text);
  if (expect === undefined) {
    throw new InvalidArgumentError('Expected any, a role, a stage (2), or a stage and attempt (2.1).');
  }
  return expect;
}
