import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog } from '../../../server/log/event-log.ts';
import { claiming } from '../../support/claiming-log.ts';
import { createRunScript, runIdOf, type RunScript } from '../../support/run-script.ts';

export interface AppendRate {
  readonly rows: number;
  readonly tokens: number;
  readonly ms: number;
}

export interface AppendPace {
  /** How often each run has output, in milliseconds. */
  readonly everyMs: number;
  /** Tokens that it has then. */
  readonly tokens: number;
}

/** Runs that append deltas to a log as executors do: one append of a run is in flight, and what comes meanwhile is joined. */
export interface AppendLoad {
  /** As fast as the log takes them. */
  saturate(durationMs: number): Promise<AppendRate>;
  /** At a fixed pace, each run at a moment of its own. Resolves when everything is appended. */
  pace(pace: AppendPace, durationMs: number): Promise<AppendRate>;
}

/** Of a row of five tokens. */
const packedTokens = 5;
const stampChars = 16;

/** A token that says when it was born, by a clock that all processes of this machine share. */
function token(): string {
  return (performance.timeOrigin + performance.now()).toFixed(2).padStart(stampChars);
}

/** How long ago each token of a text was born, in milliseconds. */
export function agesOf(text: string): readonly number[] {
  const nowMs = performance.timeOrigin + performance.now();
  return Array.from(
    { length: text.length / stampChars },
    (_, index) => nowMs - Number(text.slice(index * stampChars, (index + 1) * stampChars)),
  );
}

export async function createAppendLoad(
  given: EventLog,
  { runs, from }: { readonly runs: number; readonly from: number },
): Promise<AppendLoad> {
  const log = claiming(given);
  const scripts = Array.from({ length: runs }, (_, index) => createRunScript(runIdOf(from + index)));
  await Promise.all(scripts.map((script) => log.append(script.begin())));

  async function appendUntil(script: RunScript, untilMs: number): Promise<number> {
    const text = token().repeat(packedTokens);
    let rows = 0;
    for (; performance.now() < untilMs; rows += 1) await log.append(script.deltas(text));
    return rows;
  }

  return {
    async saturate(durationMs) {
      const startedMs = performance.now();
      const each = await Promise.all(scripts.map((script) => appendUntil(script, startedMs + durationMs)));
      const rows = each.reduce((sum, one) => sum + one, 0);
      return { rows, tokens: rows * packedTokens, ms: performance.now() - startedMs };
    },
    async pace({ everyMs, tokens }, durationMs) {
      const startedMs = performance.now();
      const waiting = scripts.map(() => '');
      const open = scripts.map((): Promise<void> | undefined => undefined);
      const dueMs = scripts.map((_, index) => startedMs + (everyMs * index) / runs);
      let rows = 0;
      let written = 0;

      async function appendWaiting(index: number, script: RunScript): Promise<void> {
        while (waiting[index] !== '') {
          const text = waiting[index] ?? '';
          waiting[index] = '';
          await log.append(script.deltas(text));
          rows += 1;
          written += text.length / stampChars;
        }
        open[index] = undefined;
      }

      for (let nowMs = startedMs; nowMs < startedMs + durationMs; nowMs = performance.now()) {
        for (const [index, script] of scripts.entries()) {
          for (; (dueMs[index] ?? 0) <= nowMs; dueMs[index] = (dueMs[index] ?? 0) + everyMs) {
            waiting[index] += token().repeat(tokens);
          }
          if (waiting[index] !== '') open[index] ??= appendWaiting(index, script);
        }
        // The pace of the load; it yields to the log.
        await sleep(everyMs >= 100 ? 5 : 1);
      }
      await Promise.all(open.filter((appending) => appending !== undefined));
      return { rows, tokens: written, ms: performance.now() - startedMs };
    },
  };
}
