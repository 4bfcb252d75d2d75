import type { Run, RunState, Stagewire } from '@stagewire/client';
import type { App } from '@stagewire/server/app';
import { linkTarget } from '../access/link-target.ts';
import { chooseRun } from './choose-run.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { commandName } from '../terminal/cli-problem.ts';
import { connectTo } from '../terminal/connect-to.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { findServer } from '../terminal/find-server.ts';
import { watchRun, type ViewOptions } from './watch-run.ts';
import { exitCodeOf, type Interrupt } from '../terminal/interrupts.ts';
import { detachedRunText, type LastReceived } from '../render/last-received.ts';
import { checkOutFolder, saveAfterRun, type OutOptions } from '../files/save-after-run.ts';
import { nearLimitsText } from '../render/render-list.ts';
import { contextFiles, startInput, type StartOptions } from './start-input.ts';

export type RunCommandOptions = StartOptions & WatchCommandOptions;
export type WatchCommandOptions = ViewOptions & OutOptions;

/** `run`: starts a run, also from another one, on the running server or on an embedded one, and shows it until it ends. */
export async function commandRun(
  context: CliContext,
  task: string | undefined,
  options: RunCommandOptions,
): Promise<number> {
  const { screen, cwd } = context;
  await checkOutFolder(context, options, { mustBeEmpty: true });
  const files = await contextFiles(options, cwd);
  const url = await findServer(context);
  await using ended = new AsyncDisposableStack();
  const hasKeys = context.keys !== undefined && options.keys && options.json !== true;
  const own = url === undefined ? await ownServer(context, hasKeys) : undefined;
  if (own !== undefined) ended.defer(() => own.close());
  else screen.note(`Using the server at ${url}.`);

  const client = ended.use(await connectTo(context, own?.url ?? url ?? ''));
  const info = await client.info();
  const nearLimits = nearLimitsText(info);
  if (nearLimits !== '') screen.note(`Near a limit of ${info.you?.owner ?? 'the owner'}: ${nearLimits}.`);
  const run = await client.start(startInput(task, options, { info, files }));
  const code = await showRun(context, { client, run, view: options, own });
  if (own !== undefined) await noteOtherRuns(context, { client, run });
  return code;
}

/** `watch`: shows a run from its first event until it ends. @param given Its id, or a link to it. */
export async function commandWatch(
  context: CliContext,
  given: string | undefined,
  view: WatchCommandOptions,
): Promise<number> {
  await checkOutFolder(context, view, { mustBeEmpty: false });
  const link = given === undefined ? undefined : linkTarget(context, given);
  await using client = link?.client ?? (await connectTo(context));
  const run = client.run(link?.runId ?? (await chooseRun(client, given)));
  return await showRun(context, { client, run, view });
}

/** Loaded on demand: the server takes longer to load than any other command takes to run. */
async function ownServer(context: CliContext, hasKeys: boolean): Promise<App> {
  const { startOwnServer } = await import('./own-server.ts');
  return startOwnServer(context, hasKeys);
}

interface ShowRunOptions {
  readonly client: Stagewire;
  readonly run: Run;
  readonly view: WatchCommandOptions;
  /** The embedded server, if there is one: it stops with this process. */
  readonly own?: App | undefined;
}

/**
 * Shows a run until it ends. On an interrupt it cancels a run of an embedded server, except on SIGTERM; any other run
 * continues without this command.
 *
 * @returns the exit code.
 */
async function showRun(context: CliContext, options: ShowRunOptions): Promise<number> {
  const { screen, interrupts, clock } = context;
  const { client, run, view, own } = options;
  const detached = new AbortController();
  let stopped: Interrupt | undefined;
  let cancelling: Promise<unknown> = Promise.resolve();
  let last: LastReceived | undefined;
  const onEvent = ({ status }: RunState) => {
    last = { status, atMs: clock.elapsed() };
  };
  interrupts.handle((interrupt) => {
    stopped = interrupt;
    if (own === undefined || interrupt === 'terminate') return detached.abort();
    if (interrupt === 'interrupt') {
      screen.note(
        'Cancelling the run. Press Ctrl-C again to exit immediately; the run then resumes when a server is started again.',
      );
    }
    const reason = interrupt === 'interrupt' ? 'Ctrl-C' : 'the output was closed';
    // Rejected if the run has just ended: then its end is shown.
    cancelling = run.cancel({ reason }).catch(() => undefined);
  });

  try {
    const state = await watchRun(context, {
      client,
      run,
      view,
      signal: detached.signal,
      onInterruptText: own === undefined ? 'leave; the run continues' : 'cancel the run and leave',
      onEvent,
    });
    await cancelling;
    await saveAfterRun(context, { run, state }, view);
    return stopped === undefined ? exitCodeOfRun(state) : exitCodeOf(stopped);
  } catch (error) {
    if (stopped === undefined || !detached.signal.aborted) throw error;
    const text =
      own === undefined
        ? detachedRunText({ last, isConnected: client.connection.status === 'open', nowMs: clock.elapsed() })
        : 'The run resumes when a server is started again.';
    screen.note(`${text} To show it again: ${commandName} watch ${run.id}`);
    return exitCodeOf(stopped);
  }
}

function exitCodeOfRun({ status }: RunState): number {
  if (status === 'completed') return exitCodes.done;
  return status === 'cancelled' ? exitCodes.interrupted : exitCodes.failed;
}

/** Other clients may have started runs on this server: those do not end with it. */
async function noteOtherRuns(
  { screen }: CliContext,
  { client, run }: { client: Stagewire; run: Run },
): Promise<void> {
  const { items } = await client.list({ status: ['queued', 'running'], limit: 50 });
  const others = items.filter(({ runId }) => runId !== run.id).length;
  if (others === 0) return;
  const what = others === 1 ? '1 other run has' : `${others} other runs have`;
  screen.note(`${what} not ended yet, and will resume when a server is started again.`);
}
