import { isDelta } from '@stagewire/shared';
import type { DurableEvent, Position, RunSummary } from '@stagewire/shared';
import { searchedText } from '@stagewire/shared/text/search';
import { binaryArray, binaryTexts } from './binary-array.ts';
import type { AddedUsage } from '../day-usage.ts';
import { storable } from './events-read.ts';
import { maxMessageBytes } from './messages.ts';
import { labelText } from './run-index.ts';
import type { Statement } from './session.ts';

/** What a flush appends to one run. */
export interface RunAppend {
  readonly runId: string;
  /** The end of the run before; `undefined` for a new run. */
  readonly before: Position | undefined;
  /** With the first events of a run: this node claims it. */
  readonly claim: boolean;
  /** The run's row of the index; `undefined` if it does not change. */
  summary: RunSummary | undefined;
  /** Size of the run's events, these included. */
  bytes: number;
  /** Has the run ended, with or before these events? */
  isEnded: boolean;
  /** What its attempts that end with these events used. */
  readonly usage: AddedUsage[];
}

/** An event of a flush, in the order of the commit. */
export interface FlushEvent {
  readonly run: RunAppend;
  readonly epoch: number;
  readonly event: DurableEvent;
  readonly json: string;
  /** Size of the run's events up to this one. */
  readonly bytes: number;
}

export interface Flush {
  readonly runs: readonly RunAppend[];
  readonly events: readonly FlushEvent[];
}

export interface AppendStatementOptions {
  readonly nodeId: string;
  readonly channel: string;
  readonly orderLock: string;
}

export interface FlushOptions {
  /** The number of the flush. */
  readonly flush: number;
  /** Send the events with the notification, or only their last position? */
  readonly shipsEvents: boolean;
  /** Also return how much of the notification queue is in use? */
  readonly readsQueue: boolean;
}

/** Beyond this a notification says only that there is something to read, in bytes per flush. */
const maxShippedBytes = 60_000;
/** Reserved for the first line of a message, in bytes. */
const headBytes = 200;

/** One statement for all runs of a flush. Returns `base`, `accepted` and `queue_usage`. */
export function appendStatement(
  { runs, events }: Flush,
  { nodeId, channel, orderLock }: AppendStatementOptions,
  { flush, shipsEvents, readsQueue }: FlushOptions,
): Statement {
  const numbers = new Map(runs.map((run, index) => [run, index + 1]));
  const numberOf = (run: RunAppend) => numbers.get(run) ?? 0;
  const changed = runs.filter((run) => run.summary !== undefined || run.isEnded);
  const chunks = shipsEvents ? chunksOf(events) : undefined;
  const ofRuns = [
    runs.map(({ runId }) => runId),
    binaryArray(
      'integer',
      runs.map(({ before }) => before?.seq ?? 0),
    ),
    binaryArray(
      'integer',
      runs.map(({ before }) => before?.epoch ?? 0),
    ),
  ];
  const ofChanged = [
    binaryArray('integer', changed.map(numberOf)),
    changed.map(({ claim }) => claim),
    changed.map(({ summary }) => summary?.status),
    changed.map(({ summary }) => summary?.owner),
    changed.map(({ summary }) => summary?.queuedAt),
    changed.map(({ summary, before }) =>
      summary === undefined || before !== undefined
        ? undefined
        : JSON.stringify(Object.entries(summary.labels).map(labelText)),
    ),
    changed.map(({ summary }) => summary && JSON.stringify(summary)),
    changed.map(({ summary, before }) =>
      summary === undefined || before !== undefined ? undefined : storable(searchedText(summary)),
    ),
    changed.map(({ isEnded, bytes }) => (isEnded ? bytes : undefined)),
  ];
  const ofEvents = [
    binaryArray(
      'integer',
      events.map(({ run }) => numberOf(run)),
    ),
    binaryArray(
      'integer',
      events.map(({ event }) => event.seq),
    ),
    binaryArray(
      'integer',
      events.map(({ epoch }) => epoch),
    ),
    binaryArray(
      'boolean',
      events.map(({ event }) => (isDelta(event) ? 1 : 0)),
    ),
    binaryArray(
      'bigint',
      events.map(({ bytes }) => bytes),
    ),
    binaryArray('integer', chunks ?? []),
    binaryTexts(events.map(({ json }) => json)),
  ];
  const used = runs.flatMap((run) => run.usage.map((usage) => ({ ...usage, run: numberOf(run) })));
  const ofUsage = [
    used.map(({ run }) => run),
    used.map(({ day }) => day),
    used.map(({ owner }) => owner),
    used.map(({ currency }) => currency),
    used.map(({ tokens }) => tokens),
    used.map(({ cost }) => cost),
  ];
  // Most flushes end no attempt: they do not pay for the counters.
  const [version, counters] = used.length === 0 ? [1, []] : [2, ofUsage];
  const values = [nodeId, flush, channel, orderLock, ...ofRuns, ...ofChanged, ...ofEvents, ...counters];
  const parameters = values.map((_, index) => `$${index + 1}`).join(', ');
  const usage = `CASE WHEN $${values.length + 1}::boolean THEN pg_notification_queue_usage() END AS queue_usage`;
  return {
    name: version === 1 ? 'append-2' : 'append-usage-1',
    text: `SELECT base, accepted, ${usage} FROM append_${version}(${parameters})`,
    values: [...values, readsQueue],
  };
}

/** The number of the message that each event is in; `undefined` if they are too large for messages. */
function chunksOf(events: readonly FlushEvent[]): readonly number[] | undefined {
  const chunks: number[] = [];
  let chunk = 0;
  let chunkBytes = headBytes;
  let shippedBytes = 0;
  for (const { json } of events) {
    const bytes = Buffer.byteLength(json) + 20;
    shippedBytes += bytes;
    if (bytes + headBytes > maxMessageBytes || shippedBytes > maxShippedBytes) return undefined;
    if (chunkBytes + bytes > maxMessageBytes) {
      chunk += 1;
      chunkBytes = headBytes;
    }
    chunkBytes += bytes;
    chunks.push(chunk);
  }
  return chunks;
}
