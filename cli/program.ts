import { Command, InvalidArgumentError, Option } from 'commander';
import type { Effort, Expect } from '@stagewire/client';
import { parseModelRef } from '@stagewire/server/providers/model-ref';
import { version } from '@stagewire/server/process/version';
import type { CliContext } from './terminal/cli-context.ts';
import { commandInfo, commandList, type ListOptions } from './commands/command-list.ts';
import { commandCheck, type CheckOptions } from './commands/command-check.ts';
import { commandName } from './terminal/cli-problem.ts';
import { commandPrompt, type PromptOptions } from './commands/command-prompt.ts';
import { commandRun, commandWatch, type RunCommandOptions } from './commands/command-run.ts';
import { exitCodesHelp } from './terminal/exit-codes.ts';
import type { ViewOptions } from './commands/watch-run.ts';
import {
  type CancelOptions,
  commandCancel,
  type CommandOptions,
  commandRedirect,
  commandSteer,
  parseExpect,
  type SteerOptions,
} from './commands/give-command.ts';
import { registerLoad } from './load/register-load.ts';
import { registerVerify } from './verify/register-verify.ts';

export interface ProgramOptions {
  /** Asked for only when a command needs it: `serve` has its own way with signals. */
  readonly createContext: () => Promise<CliContext>;
  readonly onExitCode: (code: number) => void;
}

/** Every command with its options, and what each of them does. */
export function createProgram({ createContext, onExitCode }: ProgramOptions): Command {
  const program = new Command()
    .name(commandName)
    .description('Carries a task through a crew of LLM roles, every token live, every stage steerable.')
    .version(version)
    .addHelpText('after', whereHelp + exitCodesHelp)
    .showHelpAfterError(`See: ${commandName} --help`);
  const done = async (command: (context: CliContext) => Promise<number>) =>
    onExitCode(await command(await createContext()));

  withView(withStart(program.command('run').argument('<task...>', 'what is to be done')))
    .description('start a run and watch it')
    .addHelpText('after', runHelp + exitCodesHelp)
    .action((task: string[], options: RunCommandOptions) =>
      done((context) => commandRun(context, task.join(' '), options)),
    );

  withView(program.command('watch').argument('[runId]', runDefault))
    .description('watch a run from its first event on')
    .addHelpText('after', exitCodesHelp)
    .action((runId: string | undefined, options: ViewOptions) =>
      done((context) => commandWatch(context, runId, options)),
    );

  withCommand(program.command('steer').argument('<text...>', 'what the model is to do'))
    .description('give the model an instruction while it works')
    .addOption(
      new Option(
        '--mode <mode>',
        'begin the stage anew, go on where its text stops, or wait for the next stage',
      )
        .choices(['restart', 'continue', 'next'])
        .default('restart'),
    )
    .addOption(
      new Option('--scope <scope>', 'who sees it: this stage, or all later ones too')
        .choices(['stage', 'run'])
        .default('run'),
    )
    .option('--drop-draft', 'leave the interrupted text out of the next prompt; with mode restart only')
    .action((text: string[], options: SteerOptions) =>
      done((context) => commandSteer(context, text.join(' '), options)),
    );

  withCommand(
    program
      .command('redirect')
      .argument('<role>', 'who is to work next')
      .argument('[text...]', 'what to do, for this role and all later ones'),
  )
    .description('end the current stage and go to another role')
    .action((to: string, text: string[], options: CommandOptions) =>
      done((context) =>
        commandRedirect(context, { to, text: text.length === 0 ? undefined : text.join(' ') }, options),
      ),
    );

  withCommand(program.command('cancel'))
    .description('end the run, or its current stage only')
    .option('--stage', 'only the current stage: its text stays, and the run goes on')
    .option('--reason <text>', 'why, for whoever watches')
    .action((options: CancelOptions) => done((context) => commandCancel(context, options)));

  program
    .command('prompt')
    .argument('[runId]', runDefault)
    .description('show what the model of a stage was asked')
    .addOption(new Option('--stage <n>', 'which stage (default: the newest)').argParser(wholeNumber))
    .addOption(
      new Option('--attempt <n>', 'which attempt of it (default: its newest)').argParser(wholeNumber),
    )
    .option('--json', 'print it as one line of JSON, and nothing else')
    .addHelpText('after', exitCodesHelp)
    .action((runId: string | undefined, options: PromptOptions) =>
      done((context) => commandPrompt(context, runId, options)),
    );

  program
    .command('list')
    .description('show the runs, newest first')
    .addOption(new Option('--limit <n>', 'how many at most').argParser(wholeNumber).default(20))
    .addOption(
      new Option('--status <status>', 'only those').choices([
        'queued',
        'running',
        'completed',
        'failed',
        'cancelled',
        'unreadable',
      ]),
    )
    .option('--label <name=value>', 'only those with this label; may be given again', pair)
    .action((options: ListOptions) => done((context) => commandList(context, options)));

  program
    .command('info')
    .description('show what the server is, and its models')
    .action(() => done((context) => commandInfo(context)));

  program
    .command('check')
    .description('look whether the log of a stopped server is whole')
    .option('--remove <runId>', 'remove a run that has ended or cannot be read; may be given again', append)
    .addHelpText('after', checkHelp)
    .action((options: CheckOptions) => done((context) => commandCheck(context, options)));

  registerLoad(program, done);
  registerVerify(program, done);

  program
    .command('serve')
    .description('start the server and its console (the default command)')
    .action(async () => {
      const { serve } = await import('@stagewire/server/serve');
      onExitCode(await serve());
    });

  return program;
}

const runDefault = 'which run (default: the newest that is under way, else the newest)';

const whereHelp = `
A server is found through STAGEWIRE_URL, or else in the data directory (STAGEWIRE_DATA_DIR, ./data).
Only "run" starts one of its own when there is none.
`;

const checkHelp = `
It reads every event of the data directory (STAGEWIRE_DATA_DIR, ./data) and changes nothing unless told to remove.
Exit code 0: the log is whole; 1: something is damaged, or the log cannot be opened.
`;

const runHelp = `
Where no server is running, the run gets one inside this command, which ends with the run. There Ctrl-C cancels the
run, and a second Ctrl-C leaves at once: the run goes on at the next start. Where a server is running, Ctrl-C only
leaves the run, which goes on.
`;

function withStart(command: Command): Command {
  return command
    .option(
      '--roles <roles>',
      'who works, as in architect,coder,reviewer (default: all but the tester)',
      list,
    )
    .option('--with-tester', 'the tester too, who is left out otherwise')
    .option('--max-refinements <n>', 'how often the refiner may be asked', wholeNumber)
    .option('--model <ref>', 'the model: provider/name, or rehearsal', modelRef)
    .option('--model-for <role=ref>', 'the model of one role; may be given again', modelPair)
    .option(
      '--effort <role=level>',
      'how much a role reasons: low, medium or high; a level alone is for all; may be given again',
      effortPair,
    )
    .option(
      '--max-output-tokens <role=n>',
      'how many tokens an answer of a role may take, reasoning included; a number alone is for all; may be given again',
      tokensPair,
    )
    .option('--file <path>', 'a text file that the roles read; may be given again', append)
    .option('--instruct <text>', 'an instruction for all roles')
    .option('--instruct-for <role=text>', 'an instruction for one role; may be given again', pair)
    .option('--label <name=value>', 'a label of the run; may be given again', pair);
}

function withView(command: Command): Command {
  return command
    .option('--json', 'print each event as one line of JSON, and nothing else')
    .option('--raw', 'print the reviewer’s JSON too, not only its issues')
    .option('--no-reasoning', 'leave out what the models think');
}

function withCommand(command: Command): Command {
  return command
    .option('--run <runId>', runDefault)
    .option(
      '--expect <what>',
      'refuse unless this is current: any, a role, a stage (2), or a stage and attempt (2.1) (default: the stage ' +
        'that is current when the command begins)',
      expectOf,
    )
    .option('--no-wait', 'do not wait for what becomes of it')
    .addHelpText('after', exitCodesHelp);
}

function list(text: string): string[] {
  return text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
}

function append(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

function pair(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, value] = /^([^=]+)=([^]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Write it as name=value.');
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`"${name}" is there twice.`);
  return { ...before, [name]: value };
}

function modelRef(text: string): string {
  try {
    parseModelRef(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function modelPair(text: string, before?: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = pair(text, before);
  for (const ref of Object.values(pairs)) modelRef(ref);
  return pairs;
}

const efforts: readonly string[] = ['low', 'medium', 'high'] satisfies readonly Effort[];

function effortPair(text: string, before?: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = pair(text.includes('=') ? text : `default=${text}`, before);
  for (const effort of Object.values(pairs)) {
    if (!efforts.includes(effort)) throw new InvalidArgumentError('It must be low, medium or high.');
  }
  return pairs;
}

function tokensPair(text: string, before: Readonly<Record<string, number>> = {}): Record<string, number> {
  const words = Object.fromEntries(Object.entries(before).map(([role, tokens]) => [role, String(tokens)]));
  const pairs = pair(text.includes('=') ? text : `default=${text}`, words);
  return Object.fromEntries(
    Object.entries(pairs).map(([role, tokens]) => {
      const count = wholeNumber(tokens);
      if (count === 0) throw new InvalidArgumentError('It must be above 0.');
      return [role, count];
    }),
  );
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function expectOf(text: string): Expect {
  const expect = parseExpect(text);
  if (expect === undefined) {
    throw new InvalidArgumentError('Write any, a role, a stage as in 2, or a stage and attempt as in 2.1.');
  }
  return expect;
}
