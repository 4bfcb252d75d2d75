/** A position in the global order, and the incarnation of the log that it was committed in. */
export interface GlobalMark {
  readonly incarnation: number;
  readonly globalPosition: number;
}

/**
 * A part of the log's history. One begins whenever the latest events may have been lost: when a database was started,
 * failed over or was restored. Its number is the instant of that, in milliseconds since 1970, and greater than those before:
 * positions that are assigned again belong to another incarnation.
 */
export interface Incarnation {
  readonly incarnation: number;
  /** Global positions after this one are committed in it. */
  readonly forkedAfter: number;
}

/** How many a log keeps. A position of an older one is rejected. */
export const maxIncarnations = 10_000;

/** What a log knows of the history of its global order. */
export interface GlobalHistory {
  /** The incarnation that an existing global position was committed in. */
  incarnationAt(globalPosition: number): number;

  /** Whether the log has that position of that incarnation, and so its history. Position 0 is in every log. */
  reaches(mark: GlobalMark): Promise<boolean>;

  /**
   * Calls `listener` when events that this process has read are found to be lost, with the last global position that was
   * kept, before anything is read of what replaces them. An embedded log loses events only between two processes, so
   * it never calls. Returns the function that stops it.
   */
  watchForks(listener: (lastKept: number) => void): () => void;
}

/** The incarnations of one log, by increasing number and position. */
export interface Incarnations {
  /** The latest one; 0 without any. */
  readonly current: number;
  /** The one that a global position was committed in; 0 if that is older than all, and for position 0. */
  at(globalPosition: number): number;
  /** Replaces all of them, and returns the last global position that both histories share. */
  set(incarnations: readonly Incarnation[]): number;
}

export function createIncarnations(initial: readonly Incarnation[]): Incarnations {
  let all = initial;

  return {
    get current() {
      return all.at(-1)?.incarnation ?? 0;
    },
    at: (globalPosition) => all.findLast(({ forkedAfter }) => forkedAfter < globalPosition)?.incarnation ?? 0,
    set(incarnations) {
      const before = all;
      all = incarnations;
      const index = all.findIndex(
        (one, i) => one.incarnation !== before[i]?.incarnation || one.forkedAfter !== before[i].forkedAfter,
      );
      const end = index === -1 ? all.length : index;
      return Math.min(before[end]?.forkedAfter ?? Infinity, all[end]?.forkedAfter ?? Infinity);
    },
  };
}

/** Does a log with these incarnations, up to this last position, have that position of that incarnation? */
export function hasMark(
  incarnations: Pick<Incarnations, 'at'>,
  { incarnation, globalPosition }: GlobalMark,
  lastGlobalPosition: number,
): boolean {
  if (globalPosition === 0) return true;
  return globalPosition <= lastGlobalPosition && incarnations.at(globalPosition) === incarnation;
}

/** The number of an incarnation that begins now. */
export function nextIncarnation(latest: number, nowMs: number): number {
  return Math.max(latest + 1, Math.floor(nowMs));
}
