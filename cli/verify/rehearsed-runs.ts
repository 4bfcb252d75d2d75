import type { RunEvent } from '@stagewire/shared';
import type { Entry, BareSubscription } from './bare-wire.ts';
import { dataOf, type CheckTools } from './verify-kit.ts';

/** A complete run with every role, a context file, reasoning, a review that requests changes, and files. */
export function wholeRun(kit: CheckTools): Promise<readonly Entry[]> {
  return kit.recorded('whole', () =>
    kit.record({
      shape: 'ttft=0,tps=0,reasoning=80,seed=7',
      roles: ['architect', 'coder', 'reviewer', 'refiner', 'tester', 'documenter'],
      files: [{ path: 'notes/wishes.md', text: 'Keep it small.' }],
      labels: { made: 'by verify' },
    }),
  );
}

/** A follow-up of the whole run. */
export function followUpRun(kit: CheckTools): Promise<readonly Entry[]> {
  return kit.recorded('follow-up', async () => {
    const [first] = await wholeRun(kit);
    const from = { runId: first?.event.runId ?? '' };
    return await kit.record({ from, task: 'Now document it', roles: ['architect', 'documenter'] });
  });
}

/** A run whose provider fails: a lost connection and a retry, an unparsable review and its repair. */
export function failingRun(kit: CheckTools): Promise<readonly Entry[]> {
  return kit.recorded('failing', () =>
    kit.record({
      shape: 'ttft=0,tps=0,reasoning=0,seed=7,fault=coder.drop@120x1,fault=reviewer.invalidx1',
      roles: ['coder', 'reviewer'],
    }),
  );
}

/** Of the runs with a budget: a text that is long enough to be cut off. */
export const pricedShape = 'ttft=0,tps=0,reasoning=0,seed=7,chars=4000';

/** A run that reaches its budget in the middle of a text, after a stage that has not. */
export function limitedRun(kit: CheckTools): Promise<readonly Entry[]> {
  return kit.recorded('limited', async () => {
    const input = { shape: pricedShape, roles: ['architect', 'documenter'] };
    const whole = eventsOf(await kit.record(input)).findLast(({ type }) => type === 'run.completed');
    const { inputTokens = 0, outputTokens = 0 } = whole?.type === 'run.completed' ? whole.usage : {};
    const maxTokens = inputTokens + Math.ceil((3 * outputTokens) / 4);
    return await kit.record({ ...input, limits: { maxTokens } });
  });
}

/** Every attempt writes about a hundred characters and then waits for commands. */
export const stalling = 'ttft=0,tps=0,reasoning=40,seed=7,fault=stall@100';

/** A run that gets every kind of command, each after the previous one was applied. */
export function commandedRun(kit: CheckTools): Promise<readonly Entry[]> {
  return kit.recorded('commanded', async () => {
    const wire = await kit.wire();
    const { runId, events } = await kit.begin(wire, {
      shape: stalling,
      roles: ['architect', 'coder', 'documenter'],
    });
    const give = async (path: 'runs.steer' | 'runs.redirect' | 'runs.cancel', input: object) => {
      dataOf(await kit.command(wire, path, { runId, ...input }));
    };
    await hasText(events, { stage: 1, attempt: 1 });
    await give('runs.steer', { expect: { stage: 1, attempt: 1 } });
    await hasText(events, { stage: 1, attempt: 2 });
    await give('runs.steer', { mode: 'continue', scope: 'stage', expect: { role: 'architect' } });
    await hasText(events, { stage: 1, attempt: 3 });
    await give('runs.steer', { mode: 'next', expect: 'any' });
    await give('runs.cancel', { target: 'stage', expect: { stage: 1 } });
    await hasText(events, { stage: 2, attempt: 1 });
    await give('runs.redirect', { to: 'documenter', text: 'Only the page.', expect: { stage: 2 } });
    await hasText(events, { stage: 3, attempt: 1 });
    await give('runs.cancel', { target: 'stage', expect: { stage: 3 } });
    return await events.ended();
  });
}

/** Waits for the first text of an attempt. */
export async function hasText(
  events: BareSubscription,
  { stage, attempt }: { readonly stage: number; readonly attempt: number },
): Promise<Entry> {
  return await events.first(
    (event) => event.type === 'stage.delta' && event.stage === stage && event.attempt === attempt,
    `text of stage ${stage}, attempt ${attempt}`,
  );
}

export function eventsOf(entries: readonly Entry[]): readonly RunEvent[] {
  return entries.map(({ event }) => event);
}
