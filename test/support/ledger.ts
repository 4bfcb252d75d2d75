import { createHash } from 'node:crypto';
import { isTerminal, isTransient, mergeDeltas, type RunEvent } from '@stagewire/shared';
import { createEventSequence, describeViolation } from '@stagewire/shared/invariants/event-sequence';

/** What one follower has applied of a run, and every breach of the chain of seqs that it met. */
export interface Ledger {
  readonly runId: string;
  /** The seq applied last; 0 before the first. */
  readonly seq: number;
  /** The cursor of the event applied last; `undefined` before the first. */
  readonly cursor: string | undefined;
  /** In words; empty is what every follower is promised. Kept are the first ten. */
  readonly breaches: readonly string[];
  /** Messages that were applied, gap fillers not counted. */
  readonly messages: number;
  /** Gap fillers, by their phase. */
  readonly phases: ReadonlyMap<string, number>;
  readonly terminal: RunEvent | undefined;
  /** The longest time between two events, in milliseconds by `performance.now()`. */
  readonly largestGapMs: number;
  apply(event: RunEvent, cursor: string): void;
  /** Applies an event of the log as it is. */
  applyStored(event: RunEvent): void;
  /** Starts the measuring of gaps anew: the follower was away, and that is nobody's silence. */
  restartGap(): void;
  /** All events with neighbouring deltas as one, whatever the pieces were that they came in. */
  normalForm(): readonly RunEvent[];
  /** Of the normal form; the same for all who applied the same. */
  hash(): string;
}

export interface LedgerOptions {
  /** Where the follower stands already. @default before the first event */
  readonly from?: { readonly seq: number; readonly cursor: string | undefined };
  /** `false`: only the chain is checked, and there is no normal form. @default true */
  readonly keepsEvents?: boolean;
}

export function createLedger(runId: string, options: LedgerOptions = {}): Ledger {
  const { from, keepsEvents = true } = options;
  const applied: RunEvent[] = [];
  const breaches: string[] = [];
  const phases = new Map<string, number>();
  const sequence = createEventSequence(from?.seq ?? 0);
  let cursor = from?.cursor;
  let messages = 0;
  let terminal: RunEvent | undefined;
  let lastAtMs: number | undefined;
  let largestGapMs = 0;

  const breach = (what: string) => void (breaches.length < 10 && breaches.push(what));

  function tick(): void {
    const nowMs = performance.now();
    if (lastAtMs !== undefined) largestGapMs = Math.max(largestGapMs, nowMs - lastAtMs);
    lastAtMs = nowMs;
  }

  function enter(event: RunEvent): void {
    const last = sequence.lastSeq;
    for (const problem of describeViolation(event, last, sequence.enter(event))) breach(problem);
  }

  function keep(event: RunEvent): void {
    enter(event);
    messages += 1;
    if (isTerminal(event)) terminal = event;
    if (!keepsEvents) return;
    const before = applied.at(-1);
    const merged = before === undefined ? undefined : mergeDeltas(before, event);
    if (merged === undefined) applied.push(event);
    else applied[applied.length - 1] = merged;
  }

  return {
    runId,
    breaches,
    phases,
    get seq() {
      return sequence.lastSeq;
    },
    get cursor() {
      return cursor;
    },
    get messages() {
      return messages;
    },
    get terminal() {
      return terminal;
    },
    get largestGapMs() {
      return largestGapMs;
    },
    apply(event, at) {
      tick();
      if (event.runId !== runId) breach(`an event of ${event.runId} came`);
      else if (isTransient(event)) {
        enter(event);
        if (at !== cursor) breach(`${event.type} at ${at} moved the cursor from ${cursor}`);
        phases.set(event.phase, (phases.get(event.phase) ?? 0) + 1);
      } else {
        keep(event);
        cursor = at;
      }
    },
    applyStored: keep,
    restartGap() {
      lastAtMs = undefined;
    },
    normalForm: () => applied,
    hash() {
      const hash = createHash('sha256');
      for (const event of applied) {
        const fields = Object.entries(event).filter(([name]) => name !== 'firstSeq');
        hash.update(JSON.stringify(fields.toSorted(([a], [b]) => (a < b ? -1 : 1))));
      }
      return hash.digest('hex');
    },
  };
}
