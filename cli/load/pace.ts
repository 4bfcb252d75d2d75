/** A part of a load test: its target changes linearly from that of the stage before, 0 before the first one. */
export interface LoadStage {
  /** 0: the target changes at once. */
  readonly durationMs: number;
  readonly kind: PaceKind;
  /** At its end: starts per second, or concurrent runs. */
  readonly target: number;
}

/** - `rate`: starts per second (open loop)
 * - `concurrency`: concurrent runs (closed loop) */
export type PaceKind = 'rate' | 'concurrency';

/** When runs are started, and how many run concurrently. */
export interface Pace {
  readonly kind: PaceKind;
  readonly durationMs: number;
  /** Starts per second or concurrent runs, this many milliseconds after the beginning. */
  targetAt(elapsedMs: number): number;
  /** When the start with this number, counted from 0, is due; `Infinity`: never. Only for rates. */
  dueMs(index: number): number;
}

/** One target for the whole time. */
export function createConstantPace(kind: PaceKind, target: number, durationMs: number): Pace {
  return {
    kind,
    durationMs,
    targetAt: () => target,
    dueMs: (index) => (target === 0 ? Infinity : (index * 1000) / target),
  };
}

/** @param stages at least one, all of the same kind. */
export function createStagedPace(stages: readonly LoadStage[]): Pace {
  const [first] = stages;
  if (first === undefined) throw new RangeError('a staged load needs a stage');
  const parts = partsOf(stages);
  const durationMs = parts.at(-1)?.untilMs ?? 0;
  return {
    kind: first.kind,
    durationMs,
    targetAt(elapsedMs) {
      const part = parts.find(({ untilMs }) => elapsedMs < untilMs);
      if (part === undefined) return parts.at(-1)?.to ?? 0;
      return part.from + ((part.to - part.from) * (elapsedMs - part.sinceMs)) / (part.untilMs - part.sinceMs);
    },
    dueMs(index) {
      const part = parts.find(({ startsBefore, starts }) => index < startsBefore + starts);
      return part === undefined ? Infinity : part.sinceMs + msUntil(part, index - part.startsBefore);
    },
  };
}

/** The number of starts of stages with rates. */
export function plannedStarts(stages: readonly LoadStage[]): number {
  return partsOf(stages).reduce((sum, { starts }) => sum + starts, 0);
}

interface Part {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly from: number;
  readonly to: number;
  readonly startsBefore: number;
  /** The starts of this part if the target is a rate; rarely a whole number. */
  readonly starts: number;
}

function partsOf(stages: readonly LoadStage[]): readonly Part[] {
  const parts: Part[] = [];
  let sinceMs = 0;
  let from = 0;
  let startsBefore = 0;
  for (const { durationMs, target } of stages) {
    const starts = (((from + target) / 2) * durationMs) / 1000;
    if (durationMs > 0) {
      parts.push({ sinceMs, untilMs: sinceMs + durationMs, from, to: target, startsBefore, starts });
    }
    sinceMs += durationMs;
    startsBefore += starts;
    from = target;
  }
  return parts;
}

/** When this many starts of the part are due: solves from × t + (to − from) / (2 × d) × t² = starts. */
function msUntil({ sinceMs, untilMs, from, to }: Part, starts: number): number {
  const seconds = (untilMs - sinceMs) / 1000;
  const slope = (to - from) / seconds;
  if (starts <= 0) return 0;
  const root = Math.sqrt(Math.max(0, from * from + 2 * slope * starts));
  // This form of the solution has no difference of nearly equal numbers.
  return ((2 * starts) / (from + root)) * 1000;
}
