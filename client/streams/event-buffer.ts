export interface BufferOptions<E> {
  /** Merges two events, if that loses nothing. */
  readonly merge: (waiting: E, next: E) => E | undefined;
  /** The subject of an event: only events with the same subject are merged. @default all have the same */
  readonly subjectOf?: (event: E) => string;
  /** Whether the event is obsolete once another one is buffered after it. @default none is */
  readonly fillsGap?: (event: E) => boolean;
}

/** The buffer of pushed events that are not read yet, merged without changing their content. */
export interface EventBuffer<E> {
  push(event: E, cursor: string): void;
  /** Removes and returns the oldest event. */
  shift(): BufferedEvent<E> | undefined;
  clear(): void;
  readonly length: number;
  /** The chars (UTF-16 code units) of all buffered events; names and numbers are counted approximately. */
  readonly chars: number;
}

export interface BufferedEvent<E> {
  readonly event: E;
  readonly cursor: string;
}

interface Entry<E> {
  event: E;
  cursor: string;
  chars: number;
}

/**
 * An event is merged with the last one of the same subject if there is nothing between them, or only events with the
 * same cursor as both. The deltas of the feed are such: they repeat the cursor of the event before them, so deltas of
 * different runs have no order that a cursor could express, and a reader that took any of them resumes before all of
 * them. With another cursor in between, merging would be wrong in both directions: backwards, text would precede an
 * event that was committed before it; forwards, the cursor in between would claim that text was delivered which was
 * not, and a reader that resumes there would never get it.
 */
export function createEventBuffer<E>(options: BufferOptions<E>): EventBuffer<E> {
  const { merge, subjectOf = () => '', fillsGap = () => false } = options;
  const entries: Entry<E>[] = [];
  const lastOfSubject = new Map<string, Entry<E>>();
  let chars = 0;

  return {
    push(event, cursor) {
      const last = entries.at(-1);
      if (last !== undefined && fillsGap(last.event)) chars -= entries.pop()?.chars ?? 0;
      if (fillsGap(event)) {
        chars += add(event, cursor).chars;
        return;
      }
      const subject = subjectOf(event);
      const before = lastOfSubject.get(subject);
      const isNext = before !== undefined && (before === entries.at(-1) || before.cursor === cursor);
      const merged = isNext ? merge(before.event, event) : undefined;
      if (before === undefined || merged === undefined) {
        const entry = add(event, cursor);
        lastOfSubject.set(subject, entry);
        chars += entry.chars;
        return;
      }
      chars -= before.chars;
      Object.assign(before, { event: merged, cursor, chars: charsIn(merged) });
      chars += before.chars;
    },
    shift() {
      const first = entries.shift();
      if (first === undefined) return undefined;
      chars -= first.chars;
      const subject = subjectOf(first.event);
      if (lastOfSubject.get(subject) === first) lastOfSubject.delete(subject);
      return first;
    },
    clear() {
      entries.length = 0;
      lastOfSubject.clear();
      chars = 0;
    },
    get length() {
      return entries.length;
    },
    get chars() {
      return chars;
    },
  };

  function add(event: E, cursor: string): Entry<E> {
    const entry = { event, cursor, chars: charsIn(event) };
    entries.push(entry);
    return entry;
  }
}

/** Everything that is not a string counts as eight. */
function charsIn(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.values(value).reduce<number>((sum, part) => sum + 8 + charsIn(part), 0);
}
