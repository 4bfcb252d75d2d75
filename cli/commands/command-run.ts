import { connect, type Run, type RunState, type Stagewire } from '@stagewire/client';
import type { App } from '@stagewire/server/app';
import { chooseRun } from './choose-run.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { commandName } from '../terminal/cli-problem.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { findServer, needServer } from '../terminal/find-server.ts';
import { watchRun, type ViewOptions } from './watch-run.ts';
import { exitCodeOf, type Interrupt } from '../terminal/interrupts.ts';
import { leftRunText, type LastReceived } from '../render/last-received.ts';
import { contextFiles, startInput, type StartOptions } from './start-input.ts';

export type RunCommandOptions = StartOptions & ViewOptions;

/** `run`: starts a run, on the server that is there or on one of its own, and shows it to its end. */
export async function commandRun(
  context: CliContext,
  task: string,
  options: RunCommandOptions,
): Promise<number> {
  const { screen, cwd } = context;
  const files = await contextFiles(options, cwd);
  const url = await findServer(context);
  await using ended = new AsyncDisposableStack();
  const own = url === undefined ? await ownServer(context) : undefined;
  if (own !== undefined) ended.defer(() => own.close());
  else screen.note(`Using the server at ${url}.`);

  const client = ended.use(connect({ url: own?.url ?? url ?? '' }));
  const info = await client.info();
  const run = await client.start(startInput(task, options, { info, files }));
  const code = await showRun(context, { client, run, view: options, own });
  if (own !== undefined) await tellOthers(context, { client, run });
  return code;
}

/** `watch`: shows a run from its first event on, and goes on with it until it ends. */
export async function commandWatch(
  context: CliContext,
  runId: string | undefined,
  view: ViewOptions,
): Promise<number> {
  await using client = connect({ url: await needServer(context) });
  const run = client.run(await chooseRun(client, runId));
  return await showRun(context, { client, run, view });
}

/** Loaded only here: the whole server takes longer to load than any other command takes in all. */
async function ownServer(context: CliContext): Promise<App> {
  const { startOwnServer } = await import('./own-server.ts');
  return startOwnServer(context);
}

interface ShowRunOptions {
  readonly client: Stagewire;
  readonly run: Run;
  readonly view: ViewOptions;
  /** The server, if it is in this process and ends with it. */
  readonly own?: App | undefined;
}

/**
 * Shows a run to its end. Told to stop, it cancels a run whose server is its own, unless it is ended from outside
 * (SIGTERM); any other run goes on without it.
 *
 * @returns the exit code.
 */
async function showRun(context: CliContext, options: ShowRunOptions): Promise<number> {
  const { screen, interrupts, clock } = context;
  const { client, run, view, own } = options;
  const left = new AbortController();
  let stopped: Interrupt | undefined;
  let cancelling: Promise<unknown> = Promise.resolve();
  let last: LastReceived | undefined;
  const onHeard = ({ status }: RunState) => {
    last = { status, atMs: clock.elapsed() };
  };
  interrupts.handle((interrupt) => {
    stopped = interrupt;
    if (own === undefined || interrupt === 'terminate') return left.abort();
    if (interrupt === 'interrupt') {
      screen.note('Cancelling the run. Ctrl-C once more leaves it at once, to go on at the next start.');
    }
    const reason = interrupt === 'interrupt' ? 'Ctrl-C' : 'nobody reads the output';
    // Refused because the run has just ended: then its end is what is shown.
    cancelling = run.cancel({ reason }).catch(() => undefined);
  });

  try {
    const state = await watchRun(context, { client, run, view, signal: left.signal, onHeard });
    await cancelling;
    return stopped === undefined ? exitCodeOfRun(state) : exitCodeOf(stopped);
  } catch (error) {
    if (stopped === undefined || !left.signal.aborted) throw error;
    const said =
      own === undefined
        ? leftRunText({ last, isConnected: client.connection.status === 'open', nowMs: clock.elapsed() })
        : 'The run goes on when a server is started again.';
    screen.note(`${said} To come back to it: ${commandName} watch ${run.id}`);
    return exitCodeOf(stopped);
  }
}

function exitCodeOfRun({ status }: RunState): number {
  if (status === 'completed') return exitCodes.done;
  return status === 'cancelled' ? exitCodes.interrupted : exitCodes.failed;
}

/** Others may have started runs in this server: they do not end with it. */
async function tellOthers(
  { screen }: CliContext,
  { client, run }: { client: Stagewire; run: Run },
): Promise<void> {
  const { items } = await client.list({ status: ['queued', 'running'], limit: 50 });
  const others = items.filter(({ runId }) => runId !== run.id).length;
  if (others === 0) return;
  const what = others === 1 ? '1 other run is' : `${others} other runs are`;
  screen.note(`${what} not at the end yet, and will go on when a server is started again.`);
}
