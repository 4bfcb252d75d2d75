import { until } from '../../support/until.ts';
import { Invalid } from '../figure.ts';
import type { Flow, Side } from '../sides.ts';

/** A live run, and how many tokens each of its subscribers has received. */
export interface CountedRun {
  readonly flow: Flow;
  /** Tokens that its slowest subscriber has. */
  received(): number;
}

/** Starts so many runs with a subscriber each, some at a time. */
export async function openRuns(side: Side, name: string, count: number): Promise<readonly CountedRun[]> {
  const runs: CountedRun[] = [];
  for (let first = 0; first < count; first += 50) {
    const some = Array.from({ length: Math.min(50, count - first) }, (_, index) => first + index);
    runs.push(...(await Promise.all(some.map((number) => openRun(side, `${name}-${number}`)))));
  }
  return runs;
}

async function openRun(side: Side, model: string): Promise<CountedRun> {
  let received = 0;
  const flow = await side.open(model, [
    (first, count) => {
      if (first !== received) throw new Invalid(`token ${received} was to come, ${first} came`);
      received += count;
    },
  ]);
  return { flow, received: () => received };
}

/** Writes a token to so many runs at a time, in turn, each when the ones before were received. */
export async function sendTokens(
  runs: readonly CountedRun[],
  { tokens, atOnce }: { readonly tokens: number; readonly atOnce: number },
): Promise<void> {
  for (let sent = 0; sent < tokens;) {
    const some = Array.from({ length: Math.min(atOnce, runs.length, tokens - sent) }, (_, index) => {
      const run = runs[(sent + index) % runs.length];
      if (run === undefined) throw new RangeError('there is no run');
      return run;
    });
    for (const { flow } of some) flow.stream.write();
    sent += some.length;
    await until(
      () => some.every(({ flow, received }) => received() === flow.stream.sentAtMs.length),
      'the tokens to be received',
      { timeoutMs: 60_000, intervalMs: 1 },
    );
  }
}
