import { isDeepStrictEqual } from 'node:util';
import { isDelta, isLinkEvent, isTerminal, type FeedEvent } from '@stagewire/shared';
import type { SimClient } from './sim-client.ts';
import type { SimTruth } from './sim-truth.ts';

/** One who follows the feed with its text over whatever connections it gets, trimming overlap by each run's seq. */
export interface SimFeed {
  readonly isLost: boolean;
  readonly client: SimClient | undefined;
  follow(client: SimClient): void;
  /** What must hold when every run has ended and the server rests. */
  checkEnd(): void;
}

interface Heard {
  seq: number;
  /** The text of each attempt, as `stage/attempt`. */
  readonly texts: Map<string, string>;
  readonly types: string[];
  isEnded: boolean;
}

export function createSimFeed(options: {
  readonly truth: SimTruth;
  onBroken(law: string): void;
  /** May the log be unavailable to it? @default false */
  readonly mayBeRefused?: boolean;
}): SimFeed {
  const { truth } = options;
  const broken = (law: string) => options.onBroken(`the feed: ${law}`);
  const runs = new Map<string, Heard>();
  let client: SimClient | undefined;
  let isLost = true;
  let cursor: string | undefined;
  const deleted = new Set<string>();
  /** The position where it was opened. */
  let openedAt = Infinity;

  function onEvent(at: string, event: FeedEvent): void {
    if (event.type === 'feed.opened') {
      if (cursor !== undefined) broken('it was opened anew, with a cursor');
      cursor = at;
      openedAt = positionOf(at);
      return;
    }
    if (event.type === 'run.deleted') {
      const deletion = truth.deletionOf(event.runId);
      if (!isDeepStrictEqual(deletion?.event, event)) broken(`${event.runId} was not deleted like this`);
      if (positionOf(at) !== deletion?.globalPosition) broken(`run.deleted has the cursor ${at}`);
      if (deleted.has(event.runId)) broken(`run.deleted of ${event.runId} came twice`);
      deleted.add(event.runId);
      cursor = at;
      return;
    }
    if (deleted.has(event.runId)) broken(`${event.type} of ${event.runId} came after run.deleted`);
    if (isDelta(event) && at !== cursor) broken('a delta moves the cursor');
    cursor = at;
    if (event.type === 'stage.reasoning') {
      return broken(`${event.type} is not for the feed`);
    }
    const run: Heard = runs.get(event.runId) ?? { seq: 0, texts: new Map(), types: [], isEnded: false };
    runs.set(event.runId, run);
    if (event.seq <= run.seq) return;
    if (truth.entries(event.runId).length < event.seq) broken(`seq ${event.seq} is visible, but not durable`);
    if (run.isEnded && !isLinkEvent(event)) broken(`${event.type} of ${event.runId} came after the end`);
    run.seq = event.seq;
    run.isEnded ||= isTerminal(event);
    if (event.type === 'stage.delta') {
      const key = `${event.stage}/${event.attempt}`;
      const before = run.texts.get(key) ?? '';
      run.texts.set(key, before.slice(0, event.offset).padEnd(event.offset, '\0') + event.text);
    } else run.types.push(`${event.seq} ${event.type}`);
  }

  return {
    get isLost() {
      return isLost;
    },
    get client() {
      return client;
    },
    follow(on) {
      client = on;
      isLost = false;
      const resumed = cursor === undefined ? {} : { lastEventId: cursor };
      on.subscribe(
        'runs.feed',
        { include: { text: true }, ...resumed },
        {
          onStarted: () => undefined,
          onEvent: (at, event) => onEvent(at, event as FeedEvent),
          onStopped: () => broken('it ended'),
          onRefused(code) {
            if (options.mayBeRefused === true && code === 'LOG_UNAVAILABLE') isLost = true;
            else broken(`it was refused with ${code}`);
          },
          onLost() {
            isLost = true;
          },
        },
      );
    },
    checkEnd() {
      if (!isLost) {
        for (const { globalPosition, event } of truth.deletions) {
          if (globalPosition > openedAt && !deleted.has(event.runId))
            broken(`it never had run.deleted of ${event.runId}`);
        }
      }
      for (const [runId, run] of runs) {
        // Of a run that was removed, or that had begun before, it may have had only a part.
        if (truth.isRemoved(runId) || !run.types[0]?.startsWith('1 ')) continue;
        const shown = truth.entries(runId).flatMap(({ event }) => {
          const isShown = !isDelta(event) && event.type !== 'input.recorded';
          return isShown ? [`${event.seq} ${event.type}`] : [];
        });
        if (shown.join() !== run.types.join())
          broken(`of ${runId} it had ${run.types.join()}, not ${shown.join()}`);
        for (const { stage, attempts } of truth.stateAt(runId)?.stages ?? []) {
          for (const { attempt, text, keptChars } of attempts) {
            const heard = run.texts.get(`${stage}/${attempt}`) ?? '';
            if (heard.slice(keptChars) !== text.slice(keptChars))
              broken(`another text of ${stage}/${attempt} of ${runId}`);
          }
        }
      }
    },
  };
}

function positionOf(cursor: string): number {
  return Number(/^feed-\d+\.(\d+)$/.exec(cursor)?.[1] ?? Number.NaN);
}
