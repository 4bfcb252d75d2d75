import type { RunState } from '@stagewire/shared';
import { randomRunId, type AcceptedCommand, type Run } from '@stagewire/client';
import { codeOf, subscribe, type SubscriberKind, type RunTimestamps } from './subscriber.ts';
import type { LoadContext } from './load-context.ts';

/** What is done to one run. It is drawn beforehand, so that the seed determines everything. */
export interface RunPlan {
  readonly subscribers: readonly SubscriberKind[];
  /** Steer after this many messages with text. */
  readonly steerAtFrame: number | undefined;
  readonly cancelAtFrame: number | undefined;
  readonly random: () => number;
}

/** Starts a run, subscribes to it, sends its commands, and compares the received state with `runs.get`. */
export async function loadRun(context: LoadContext, plan: RunPlan, signal: AbortSignal): Promise<void> {
  const { figures, nowMs } = context;
  const startedAtMs = nowMs();
  const run = await start(context);
  if (run === undefined) return;
  figures.trends.start_round_trip.record(nowMs() - startedAtMs);
  figures.count('runs_started');

  const timestamps: RunTimestamps = { startedAtMs };
  const commands = createCommands(context, { run, plan, timestamps });
  const follows = plan.subscribers.map((kind, index) => {
    // One subscriber triggers the commands: with more, each message would be counted several times.
    const onText = index === 0 ? commands.onText : () => undefined;
    return subscribe({ context, runId: run.id, kind, timestamps, random: plan.random, onText }, signal);
  });
  const states = await Promise.all(follows);
  const outcomes = await commands.settled();
  if (signal.aborted) {
    figures.count('runs_unfinished');
    if (!context.settings.leaveRuns) await cancelLeftover(run);
    return;
  }
  for (const outcome of outcomes) figures.count(outcome);
  await compare(context, run, states);
}

/** Not aborted with the load test: a run whose start was not seen could not be cancelled. */
async function start({ control, settings, figures, clock, onStart }: LoadContext): Promise<Run | undefined> {
  const runId = randomRunId(clock.now());
  onStart(runId);
  try {
    return await control.start({
      runId,
      task: 'A load test: write a short text.',
      models: { default: settings.model },
      labels,
    });
  } catch (error) {
    figures.error(codeOf(error));
    return undefined;
  }
}

/** Marks the runs in the server's list. */
const labels = { source: 'stagewire-load' };

type Outcome = 'steers_applied' | 'steers_dropped' | 'commands_too_late';

function createCommands(
  { figures, nowMs, newId }: LoadContext,
  {
    run,
    plan,
    timestamps,
  }: { readonly run: Run; readonly plan: RunPlan; readonly timestamps: RunTimestamps },
) {
  const outcomes: Promise<Outcome | undefined>[] = [];
  let frames = 0;

  const timed = async (
    send: () => Promise<AcceptedCommand>,
  ): Promise<AcceptedCommand | 'too late' | undefined> => {
    const sentAtMs = nowMs();
    try {
      const accepted = await send();
      figures.trends.command_round_trip.record(nowMs() - sentAtMs);
      return accepted;
    } catch (error) {
      // Not an error: the run ended before the command arrived.
      if (codeOf(error) === 'RUN_ENDED') return 'too late';
      figures.error(codeOf(error));
      return undefined;
    }
  };
  const steer = async (): Promise<Outcome | undefined> => {
    const commandId = newId();
    timestamps.steer = { commandId, sentAtMs: nowMs() };
    const accepted = await timed(() => run.steer('Rephrase it.', { commandId, expect: 'any' }));
    if (accepted === 'too late') return 'commands_too_late';
    const outcome = await accepted?.outcome.catch(() => undefined);
    if (outcome === undefined) return undefined;
    return outcome.status === 'applied' ? 'steers_applied' : 'steers_dropped';
  };
  const cancel = async (): Promise<Outcome | undefined> => {
    timestamps.cancelSentAtMs = nowMs();
    const accepted = await timed(() => run.cancel({ commandId: newId(), reason: 'load test' }));
    return accepted === 'too late' ? 'commands_too_late' : undefined;
  };

  return {
    onText() {
      frames += 1;
      if (frames === plan.steerAtFrame) outcomes.push(steer());
      if (frames === plan.cancelAtFrame) outcomes.push(cancel());
    },
    async settled(): Promise<readonly Outcome[]> {
      const meant = [plan.steerAtFrame, plan.cancelAtFrame].filter((frame) => frame !== undefined).length;
      const given = outcomes.length;
      const neverGiven = Array.from({ length: meant - given }, (): Outcome => 'commands_too_late');
      return [...(await Promise.all(outcomes)).filter((outcome) => outcome !== undefined), ...neverGiven];
    },
  };
}

/** Every subscriber must have the server's own state of the run. */
async function compare(
  { control, figures }: LoadContext,
  run: Run,
  states: readonly (RunState | undefined)[],
): Promise<void> {
  let serverState: RunState;
  try {
    serverState = await control.run(run.id).snapshot();
  } catch (error) {
    figures.error(codeOf(error));
    return;
  }
  if (serverState.status === 'completed') figures.count('runs_completed');
  else if (serverState.status === 'cancelled') figures.count('runs_cancelled');
  else if (serverState.status === 'failed') figures.count('runs_failed');
  for (const state of states) {
    const seq = state?.seq ?? 0;
    figures.count('delivered', seq);
    if (seq < serverState.seq) figures.count('lost', serverState.seq - seq);
    if (textsOf(state) !== textsOf(serverState)) figures.count('text_mismatches');
  }
}

function textsOf(state: RunState | undefined): string {
  return JSON.stringify(
    state?.stages.map(({ role, attempts }) => [
      role,
      attempts.map(({ text, reasoning }) => [text, reasoning]),
    ]),
  );
}

async function cancelLeftover(run: Run): Promise<void> {
  try {
    await run.cancel({ reason: 'the load test that started it has ended' });
  } catch {
    // The run has ended meanwhile, or the server has: there is nothing to cancel.
  }
}
