import type { Stagewire } from '../connect.ts';
import type { Labels, RunPage, RunSummary } from '../generated/contract.ts';
import { asError, codeOf } from './caught-error.ts';
import { createFrame } from './frame.ts';
import { createListeners } from './listeners.ts';
import { withEvent } from './run-summaries.ts';

export interface RunListQuery {
  readonly labels: Labels | undefined;
  readonly limit: number;
}

/** A list of runs as the screen shows it; a new object with every change. */
export interface RunListView {
  /** Newest queued first; `undefined` before the first answer. */
  readonly runs: readonly RunSummary[] | undefined;
  /** Why the list is not kept up any more. */
  readonly error: Error | undefined;
}

/** One list for all components that show it: asked for once, then kept up by the feed. */
export interface RunListStore {
  readonly view: RunListView;
  /** Have all components that showed it gone? */
  readonly isLeft: boolean;
  subscribe(listener: () => void): () => void;
  seed(initial: RunPage): void;
}

export const emptyListView: RunListView = { runs: undefined, error: undefined };

/** So often in a row the feed's cursor may turn out to be no position of the server's log. */
const maxLostCursors = 3;

export interface RunListStoreOptions {
  readonly client: Stagewire;
  readonly query: RunListQuery;
  /** The last component that showed it has gone. */
  readonly onLeft: () => void;
}

export function createRunListStore({ client, query, onLeft }: RunListStoreOptions): RunListStore {
  const { labels, limit } = query;
  let known = emptyListView;
  let shown = known;
  /** Where the feed goes on from what is known; `undefined` if that has to be asked for. */
  let cursor: string | undefined;
  let reading: AbortController | undefined;

  const frame = createFrame(() => {
    if (shown === known) return;
    shown = known;
    listeners.notify();
  });
  const listeners = createListeners({
    start() {
      reading = new AbortController();
      if (known.error !== undefined) change({ error: undefined });
      void read(reading.signal);
    },
    stop() {
      reading?.abort();
      onLeft();
    },
  });

  function change(part: Partial<RunListView>): void {
    known = { ...known, ...part };
    frame.request();
  }

  async function read(signal: AbortSignal): Promise<void> {
    let lostCursors = 0;
    for (;;) {
      try {
        if (cursor === undefined) {
          const page = await client.list({ labels, limit }, { signal });
          cursor = page.feedCursor;
          change({ runs: page.items });
        }
        const feed = client.feed({ from: cursor, labels, signal });
        for await (const event of feed) {
          if (signal.aborted) return;
          lostCursors = 0;
          cursor = feed.cursor;
          const runs = withEvent(known.runs ?? [], event, limit);
          if (runs !== known.runs) change({ runs });
        }
        return;
      } catch (error) {
        if (signal.aborted) return;
        lostCursors += 1;
        const isLost = codeOf(error) === 'CURSOR_INVALID' && lostCursors <= maxLostCursors;
        if (!isLost) return change({ error: asError(error) });
        cursor = undefined;
      }
    }
  }

  return {
    get view() {
      return shown;
    },
    get isLeft() {
      return listeners.presence === 'left';
    },
    subscribe: (listener) => listeners.add(listener),
    seed(initial) {
      if (known.runs !== undefined) return;
      cursor = initial.feedCursor;
      known = { ...known, runs: initial.items };
      if (listeners.presence === 'some') frame.request();
      else shown = known;
    },
  };
}
