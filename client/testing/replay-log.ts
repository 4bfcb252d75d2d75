import { fold, isTransient, parseCursor, summarize } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { DurableEvent, EventBody } from '@stagewire/shared';
import type {
  CommandState,
  DeleteReceipt,
  EventsInput,
  FeedEvent,
  FeedInput,
  InputFile,
  RunEvent,
  RunState,
  RunSummary,
} from '../generated/contract.ts';

/** An event with the cursor that a subscription sends with it. */
export interface TrackedEvent<E> {
  readonly id: string;
  readonly data: E;
}

/** What is known of a run whose first event was sent. */
export interface ReplayedRun {
  readonly state: RunState;
  readonly summary: RunSummary;
  /** The context files as they were given. */
  readonly inputs: ReadonlyMap<string, InputFile>;
}

/** The events that were sent, in the role of the log of a server. */
export interface ReplayLog {
  /** Sends a recorded event; its seq is moved by the number of events that were added to its run. */
  send(event: RunEvent): TrackedEvent<RunEvent>;
  /** Adds an event that was not recorded after the last one of its run. */
  add(runId: string, body: EventBody): TrackedEvent<RunEvent>;
  remove(runId: string, receipt: DeleteReceipt): void;
  has(runId: string): boolean;
  /** @throws StagewireError RUN_NOT_FOUND, RUN_EXPIRED */
  run(runId: string): ReplayedRun;
  summaries(): readonly RunSummary[];
  /** The run of an accepted command without an outcome, and the command. */
  acceptedCommand(commandId: string): readonly [runId: string, command: CommandState] | undefined;
  receiptOfDeletion(runId: string): DeleteReceipt | undefined;
  /** The events of a subscription after its cursor. @throws StagewireError RUN_NOT_FOUND, RUN_EXPIRED, CURSOR_INVALID */
  eventsAfter(input: EventsInput): readonly TrackedEvent<RunEvent>[];
  /** @throws StagewireError CURSOR_INVALID */
  feedAfter(input: FeedInput): readonly TrackedEvent<FeedEvent>[];
  /** The cursor of the feed after all events so far. */
  readonly feedCursor: string;
}

/** @param now The time of events that are added, as an ISO date. */
export function createReplayLog({ now }: { readonly now: () => string }): ReplayLog {
  const sent: FeedEvent[] = [];
  const events = new Map<string, TrackedEvent<DurableEvent>[]>();
  const runs = new Map<string, ReplayedRun & { readonly inputs: Map<string, InputFile> }>();
  const added = new Map<string, number>();
  const deleted = new Map<string, DeleteReceipt>();

  function run(runId: string): ReplayedRun {
    if (deleted.has(runId)) throw wireErrors.RUN_EXPIRED(runId);
    const known = runs.get(runId);
    if (known === undefined) throw wireErrors.RUN_NOT_FOUND(runId);
    return known;
  }

  function store(event: DurableEvent): TrackedEvent<RunEvent> {
    const before = runs.get(event.runId);
    const state = fold(before?.state, event);
    const inputs = before?.inputs ?? new Map<string, InputFile>();
    if (event.type === 'input.recorded') inputs.set(event.path, { path: event.path, text: event.text });
    runs.set(event.runId, { state, summary: summarize(before?.summary, event), inputs });
    const tracked = { id: state.cursor, data: event };
    const ofRun = events.get(event.runId);
    if (ofRun === undefined) events.set(event.runId, [tracked]);
    else ofRun.push(tracked);
    sent.push(event);
    return tracked;
  }

  function feedPosition(cursor: string | null | undefined): number {
    if (cursor === undefined || cursor === null) return sent.length;
    const position = /^feed-(\d+)$/.exec(cursor)?.[1];
    if (position === undefined || Number(position) > sent.length) {
      throw wireErrors.CURSOR_INVALID.feed();
    }
    return Number(position);
  }

  return {
    send(event) {
      const { runId } = event;
      const by = added.get(runId) ?? 0;
      if (isTransient(event)) {
        const { state } = run(runId);
        return { id: state.cursor, data: { ...event, seq: state.seq } };
      }
      const { firstSeq } = event;
      return store({
        ...event,
        seq: event.seq + by,
        ...(firstSeq !== undefined && { firstSeq: firstSeq + by }),
      });
    },
    add(runId, body) {
      const { state } = run(runId);
      added.set(runId, (added.get(runId) ?? 0) + 1);
      return store({ ...body, runId, seq: state.seq + 1, at: now() });
    },
    remove(runId, receipt) {
      const { seq } = run(runId).state;
      deleted.set(runId, receipt);
      runs.delete(runId);
      events.delete(runId);
      sent.push({ type: 'run.deleted', runId, seq: seq + 1, at: receipt.deletedAt, actor: receipt.actor });
    },
    has: (runId) => runs.has(runId) || deleted.has(runId),
    run,
    summaries: () => Array.from(runs.values(), ({ summary }) => summary),
    acceptedCommand(commandId) {
      for (const [runId, { state }] of runs) {
        const found = state.commands.find((it) => it.commandId === commandId && it.status === 'accepted');
        if (found !== undefined) return [runId, found];
      }
      return undefined;
    },
    receiptOfDeletion: (runId) => deleted.get(runId),
    eventsAfter({ runId, lastEventId, include }) {
      const { state } = run(runId);
      const from = lastEventId ?? undefined;
      const after = from === undefined ? 0 : parseCursor(from)?.seq;
      if (from !== undefined && (after === undefined || after > state.seq)) {
        throw wireErrors.CURSOR_INVALID.run();
      }
      const ofRun = events.get(runId) ?? [];
      const first = ofRun.findLastIndex(({ data }) => data.seq <= (after ?? 0)) + 1;
      let skipped: number | undefined;
      return ofRun.slice(first).flatMap(({ id, data }) => {
        if (include?.reasoning === false && data.type === 'stage.reasoning') {
          skipped ??= data.firstSeq ?? data.seq;
          return [];
        }
        const firstSeq = skipped;
        skipped = undefined;
        return [{ id, data: firstSeq === undefined ? data : { ...data, firstSeq } }];
      });
    },
    feedAfter({ lastEventId, labels, owner, include }) {
      const from = feedPosition(lastEventId);
      const matches = ({ runId }: { readonly runId: string }) => {
        const summary = runs.get(runId)?.summary;
        if (summary === undefined) return labels === undefined;
        if (owner !== undefined && summary.owner !== owner) return false;
        return Object.entries(labels ?? {}).every(([name, value]) => summary.labels[name] === value);
      };
      return sent.slice(from).flatMap((data, index) => {
        if (data.type === 'stage.reasoning' || (data.type === 'stage.delta' && include?.text !== true))
          return [];
        if (data.type === 'feed.opened' || !matches(data)) return [];
        return [{ id: `feed-${from + index + 1}`, data }];
      });
    },
    get feedCursor() {
      return `feed-${sent.length}`;
    },
  };
}
