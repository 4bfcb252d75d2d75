import type { RunState } from '@stagewire/shared';
import { isDeepStrictEqual } from 'node:util';
import { randomRunId, type Run, type StartInput, type StartReceipt } from '@stagewire/client';
import { addressAt, type CountedAddress } from './load-address.ts';
import { codeOf } from './code-of.ts';
import type { RunPlan } from './plan-runs.ts';
import { createRunCommands } from './run-commands.ts';
import { subscribe, type RunTimestamps } from './subscriber.ts';
import type { LoadContext } from './load-context.ts';

/** Starts a run, subscribes to it, sends its commands, and compares the received state with `runs.get`. */
export async function loadRun(context: LoadContext, plan: RunPlan, signal: AbortSignal): Promise<void> {
  const { figures, nowMs, addresses } = context;
  const at = (offset: number) => addressAt(addresses, plan.number + offset);
  const startedAtMs = nowMs();
  const started = await start(context, plan, at(0));
  if (started === undefined) return;
  at(0).figures.trends.start_round_trip.record(nowMs() - startedAtMs);
  at(0).figures.count('runs_started');
  const run = at(0).control.run(started.receipt.runId);
  const repeated = addresses.length > 1 ? repeatStart(started, at(1)) : undefined;

  const timestamps: RunTimestamps = { startedAtMs, commands: new Map() };
  const commands = createRunCommands(context, { runId: run.id, plan, timestamps });
  const follows = plan.subscribers.map((kind, index) => {
    // One subscriber triggers the commands: with more, each message would be counted several times.
    const onEvent = index === 0 ? commands.onEvent : () => undefined;
    // Never where it was started, if there is another address; one that loses its socket resumes at the next.
    const addressOf = (connection: number) => at(1 + index + (kind === 'dropping' ? connection : 0));
    const options = { context, runId: run.id, kind, timestamps, random: plan.random, onEvent, addressOf };
    return subscribe(options, signal);
  });
  const foreign = context.foreignCallers.tryRun(run.id, figures);
  const states = await Promise.all(follows);
  await commands.settle();
  await foreign;
  await repeated;
  if (signal.aborted) {
    figures.count('runs_unfinished');
    if (!context.settings.leaveRuns) await cancelLeftover(run);
    return;
  }
  context.onEnded(run.id);
  await compare(context, { run, states });
}

interface Started {
  readonly input: StartInput;
  readonly receipt: StartReceipt;
}

/** Not aborted with the load test: a run whose start was not seen could not be cancelled. */
async function start(
  { clock, onStart, nowMs }: LoadContext,
  plan: RunPlan,
  { control, figures }: CountedAddress,
): Promise<Started | undefined> {
  const runId = randomRunId(clock.now());
  onStart(runId, nowMs());
  const input: StartInput = { ...plan.start, runId, labels: { ...plan.start.labels, ...loadLabels } };
  try {
    return { input, receipt: await control.procedures.runs.start(input) };
  } catch (error) {
    figures.error(codeOf(error), error);
    return undefined;
  }
}

/** The same start at another address must have the same receipt. */
async function repeatStart({ input, receipt }: Started, { control, figures }: CountedAddress): Promise<void> {
  try {
    const again = await control.procedures.runs.start(input);
    if (!isDeepStrictEqual(again, receipt)) figures.count('receipt_mismatches');
  } catch (error) {
    figures.error(codeOf(error), error);
  }
}

/** Marks the runs in the server's list. */
export const loadLabels = { source: 'stagewire-load' };

/** Every subscriber, and every address, must have the server's own state of the run. */
async function compare(
  { addresses, figures }: LoadContext,
  { run, states }: { readonly run: Run; readonly states: readonly (RunState | undefined)[] },
): Promise<void> {
  let serverState: RunState;
  try {
    serverState = await run.snapshot();
    for (const { control, figures: own } of addresses.length > 1 ? addresses : []) {
      const state = await control.run(run.id).snapshot();
      if (state.seq !== serverState.seq || textsOf(state) !== textsOf(serverState))
        own.count('text_mismatches');
    }
  } catch (error) {
    figures.error(codeOf(error), error);
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
