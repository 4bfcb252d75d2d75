import { asError } from '@stagewire/shared/caught-error';
import { isEnded, summarize } from '@stagewire/shared';
import { checkAppend } from '../check-append.ts';
import { usageIn } from '../day-usage.ts';
import type { Append } from '../event-log.ts';
import type { Tip } from '../log-storage.ts';
import type { Flush, FlushEvent, RunAppend } from './append-statement.ts';

/** Where runs end, as this node knows: `undefined` for one that does not exist or is not known. */
export type KnownTips = (runId: string) => Tip | 'removed' | undefined;

export interface PlannedFlush extends Flush {
  /** One per append: the run that it is a part of, or why it is invalid. */
  readonly outcomes: readonly (RunAppend | Error)[];
  /** Where the runs end if the flush is committed. */
  readonly tips: ReadonlyMap<string, Tip>;
}

/** Checks appends one after the other, each against what those before it leave, and joins those of one run. */
export function planFlush(appends: readonly Append[], tipOf: KnownTips): PlannedFlush {
  const runs = new Map<string, RunAppend>();
  const tips = new Map<string, Tip>();
  const events: FlushEvent[] = [];
  const outcomes = appends.map((append): RunAppend | Error => {
    const { runId, epoch } = append;
    const before = tips.get(runId) ?? tipOf(runId);
    try {
      checkAppend(append, before);
      const tip = before === 'removed' ? undefined : before;
      // A value that JSON cannot hold fails here, before anything is added.
      const added = append.events.map((event) => ({ event, json: JSON.stringify(event) }));
      const summary = append.events.reduce(summarize, tip?.summary);
      const run = runs.get(runId) ?? newRunAppend(append, tip);
      runs.set(runId, run);
      let { bytes } = run;
      for (const { event, json } of added) {
        bytes += Buffer.byteLength(json);
        events.push({ run, epoch, event, json, bytes });
      }
      run.bytes = bytes;
      if (summary !== tip?.summary) run.summary = summary;
      if (summary !== undefined) run.usage.push(...usageIn(append.events, summary.owner));
      run.isEnded = summary !== undefined && isEnded(summary);
      tips.set(runId, endAfter(append, { summary, bytes }));
      return run;
    } catch (error) {
      return asError(error);
    }
  });
  return { runs: [...runs.values()], events, outcomes, tips };
}

function newRunAppend({ runId, claim = false }: Append, tip: Tip | undefined): RunAppend {
  const bytes = tip?.bytes ?? 0;
  return { runId, claim, before: tip?.position, summary: undefined, bytes, isEnded: false, usage: [] };
}

function endAfter(
  { epoch, runId, events }: Append,
  { summary, bytes }: { readonly summary: Tip['summary'] | undefined; readonly bytes: number },
): Tip {
  const last = events.at(-1);
  if (last === undefined || summary === undefined)
    throw new RangeError(`an append to ${runId} has no events`);
  // Its global position is assigned by the commit.
  return { position: { epoch, seq: last.seq }, globalPosition: 0, summary, bytes };
}
