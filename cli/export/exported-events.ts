import {
  fileText,
  fold,
  isTransient,
  type Run,
  type RunEvent,
  type RunFile,
  type RunState,
} from '@stagewire/client';
import { jsonLine } from '../render/json-line.ts';

/** The events of a run up to a point, and what they come to. */
export interface ExportedEvents {
  /** Each event as a line of JSON, in order. Iterate it once, to its end, before anything else is read. */
  readonly lines: AsyncIterable<string>;
  readonly count: number;
  /** Events of types that this version does not know. They are not in `lines`. */
  readonly unknown: number;
  /** The state after the last event. */
  readonly state: RunState | undefined;
  /** The files after the last event, with their texts, ordered by path. */
  files(): readonly RunFile[];
}

export interface ExportedEventsOptions {
  /** Ends the lines with its reason. */
  readonly signal: AbortSignal;
  /** Called now and then with the number of events so far. */
  readonly onProgress: (count: number) => void;
}

/** How many events are between two calls of `onProgress`. */
const progressEvents = 1000;

/**
 * Reads the events of a run until they include the last one of `snapshot`, so that a live run has an end as well. The files
 * are computed from the same events: those of the server may be newer.
 */
export function exportedEvents(
  run: Run,
  snapshot: RunState,
  { signal, onProgress }: ExportedEventsOptions,
): ExportedEvents {
  let state: RunState | undefined;
  let count = 0;
  let unknown = 0;
  const given = new Map<string, string>();

  const lineOf = (event: RunEvent): string => {
    unknown += (event.firstSeq ?? event.seq) - (state?.seq ?? 0) - 1;
    count += 1;
    state = fold(state, event);
    if (event.type === 'input.recorded') given.set(event.path, event.text);
    if (count % progressEvents === 0) onProgress(count);
    return `${jsonLine(event)}\n`;
  };
  const linesAfter = async function* (from: string | undefined): AsyncGenerator<string, string | undefined> {
    // An option of its own keeps the run out of the memory that the handle of the run shares.
    const events = run.events({ from, include: { reasoning: true }, signal });
    for await (const event of events) {
      if (isTransient(event)) continue;
      yield lineOf(event);
      if (event.seq >= snapshot.seq) return undefined;
    }
    return events.cursor;
  };
  const lines = async function* (): AsyncGenerator<string> {
    const cursor = yield* linesAfter(undefined);
    // Links may be created and removed after the terminal event, at which a subscription ends.
    if (cursor !== undefined) yield* linesAfter(cursor);
  };

  return {
    lines: lines(),
    get count() {
      return count;
    },
    get unknown() {
      return unknown;
    },
    get state() {
      return state;
    },
    files: () => (state === undefined ? [] : filesOf(state, given)),
  };
}

function filesOf(state: RunState, given: ReadonlyMap<string, string>): readonly RunFile[] {
  return state.files
    .map(({ parts: _parts, ...file }) => {
      const text = file.from === 'input' ? given.get(file.path) : fileText(state, file.path);
      if (text === undefined) throw new Error(`The events do not have the text of ${file.path}.`);
      return { ...file, text };
    })
    .toSorted((one, other) => (one.path < other.path ? -1 : 1));
}
