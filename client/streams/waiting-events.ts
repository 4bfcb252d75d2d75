export interface WaitingOptions<E> {
  /** Merges two events, if that loses nothing. */
  readonly merge: (waiting: E, next: E) => E | undefined;
  /** The subject of an event: only events with the same subject are merged. @default all have the same */
  readonly about?: (event: E) => string;
  /** Whether the event is obsolete once another one is buffered after it. @default none is */
  readonly fillsGap?: (event: E) => boolean;
}

/** The buffer of pushed events that are not read yet, merged without changing their content. */
export interface WaitingEvents<E> {
  push(event: E, cursor: string): void;
  /** Removes and returns the oldest event. */
  shift(): WaitingEvent<E> | undefined;
  clear(): void;
  readonly length: number;
  /** The chars (UTF-16 code units) of all buffered events; names and numbers are counted approximately. */
  readonly chars: number;
}

export interface WaitingEvent<E> {
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
export function createWaitingEvents<E>(options: WaitingOptions<E>): WaitingEvents<E> {
  const { merge, about = () => '', fillsGap = () => false } = options;
  const entries: Entry<E>[] = [];
  const lastAbout = new Map<string, Entry<E>>();
  let chars = 0;

  return {
    push(event, cursor) {
      const last = entries.at(-1);
      if (last !== undefined && fillsGap(last.event)) chars -= entries.pop()?.chars ?? 0;
      if (fillsGap(event)) {
        chars += add(event, cursor).chars;
        return;
      }
      const subject = about(event);
      const before = lastAbout.get(subject);
      const isNext = before !== undefined && (before === entries.at(-1) || before.cursor === cursor);
      const merged = isNext ? merge(before.event, event) : undefined;
      if (before === undefined || merged === undefined) {
        const entry = add(event, cursor);
        lastAbout.set(subject, entry);
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
      const subject = about(first.event);
      if (lastAbout.get(subject) === first) lastAbout.delete(subject);
      return first;
    },
    clear() {
      entries.length = 0;
      lastAbout.clear();
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
