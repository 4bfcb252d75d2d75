export interface WaitingOptions<E> {
  /** Two events as one, if that loses nothing. */
  readonly merge: (waiting: E, next: E) => E | undefined;
  /** What an event is about: only events about the same are merged. @default all are about the same */
  readonly about?: (event: E) => string;
  /** Is it of no use any more once another event waits behind it? @default none is */
  readonly fillsGap?: (event: E) => boolean;
}

/** Events that were pushed and are not read yet, as few as they can be without a change of what they say. */
export interface WaitingEvents<E> {
  push(event: E, cursor: string): void;
  /** The oldest. */
  shift(): WaitingEvent<E> | undefined;
  clear(): void;
  readonly length: number;
  /** UTF-16 units of everything that waits, the names and numbers around the text roughly counted. */
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
 * An event joins the last one about the same if nothing is between them, or only events with the very cursor that
 * both have. The feed's texts are such: they repeat the cursor of the event before them, so those of different runs
 * have no order that a cursor could tell, and a reader who took any of them stands before all of them. With another
 * cursor between, joining would be wrong either way: backwards, text would come before an event that was committed
 * before it; forwards, the cursor in between would say that text was given which was not, and a reader who comes
 * back with it would never get it.
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

/** Whatever is not a string counts as eight. */
function charsIn(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.values(value).reduce<number>((sum, part) => sum + 8 + charsIn(part), 0);
}
