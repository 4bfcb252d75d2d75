import { isDeepStrictEqual } from 'node:util';
import {
  fold,
  formatCursor,
  isLinkEvent,
  isTerminal,
  isTransient,
  type RunEvent,
  type RunState,
} from '@stagewire/shared';
import type { Clock } from '../../server/runtime/clock.ts';
import type { SimClient } from './sim-client.ts';
import { heartbeatMs } from './sim-server.ts';
import type { SimTruth } from './sim-truth.ts';

/** One who follows a run over whatever connections it gets, and holds the server to what PROTOCOL.md promises. */
export interface SimFollower {
  readonly name: string;
  readonly runId: string;
  readonly client: SimClient | undefined;
  readonly cursor: string | undefined;
  /** It has had the terminal event, and its subscription has ended. */
  readonly isDone: boolean;
  /** Is it without a subscription, though there is more to come? */
  readonly isLost: boolean;
  /** Subscribes, from where it stands. */
  follow(client: SimClient): void;
  /** Ends its subscription by its own wish. */
  leave(): void;
  /** Called when its reader has just begun to read again. */
  readsAgain(): void;
  /** What must hold whenever the server has come to rest. */
  check(): void;
}

export interface SimFollowerOptions {
  readonly name: string;
  readonly runId: string;
  readonly withReasoning: boolean;
  readonly truth: SimTruth;
  readonly clock: Clock;
  onBroken(law: string): void;
  /** What reaches it may be so late, in milliseconds, and the log may be unavailable to it. @default 0: never */
  readonly lagMs?: number;
}

type Status = 'lost' | 'asked' | 'started' | 'leaving' | 'done' | 'expired';

export function createSimFollower(options: SimFollowerOptions): SimFollower {
  const { name, runId, withReasoning, truth, clock, lagMs = 0 } = options;
  const longestSilenceMs = heartbeatMs + lagMs;
  let status: Status = 'lost';
  let client: SimClient | undefined;
  let subscription = 0;
  let cursor: string | undefined;
  let state: RunState | undefined;
  let ended = false;
  let checkedSeq = 0;
  let heardAtMs = 0;
  let askedAtMs = 0;

  const broken = (law: string) => options.onBroken(`${name} of ${runId} at seq ${state?.seq ?? 0}: ${law}`);

  function onEvent(at: string, event: RunEvent): void {
    const last = state?.seq ?? 0;
    const silentMs = clock.now() - heardAtMs;
    if (silentMs > longestSilenceMs) broken(`it heard nothing for ${silentMs} ms`);
    heardAtMs = clock.now();
    if (status !== 'started' && status !== 'leaving') broken(`an event came while it was ${status}`);
    if (event.runId !== runId) broken(`it got an event of ${event.runId}`);
    if (ended && !isLinkEvent(event)) broken(`${event.type} came after the terminal event`);
    if (isTransient(event)) {
      if (event.seq !== last || at !== cursor) broken(`${event.type} moves it to ${event.seq}, ${at}`);
      return;
    }
    const firstSeq = event.firstSeq ?? event.seq;
    if (firstSeq !== last + 1) broken(`${event.type} begins at ${firstSeq}, not at ${last + 1}`);
    const entry = truth.entries(runId)[event.seq - 1];
    if (entry === undefined) return broken(`${event.type} with seq ${event.seq} is visible, but not durable`);
    const expected = formatCursor(runId, { epoch: entry.epoch, seq: event.seq, at: entry.event.at });
    if (at !== expected) broken(`seq ${event.seq} has the cursor ${at}, not ${expected}`);
    if (event.type === 'stage.reasoning' && !withReasoning) broken('it got reasoning, and wanted none');
    cursor = at;
    state = fold(state, event);
    ended ||= isTerminal(event);
  }

  return {
    name,
    runId,
    get client() {
      return client;
    },
    get cursor() {
      return cursor;
    },
    get isDone() {
      return status === 'done' || status === 'expired';
    },
    get isLost() {
      return status === 'lost';
    },
    follow(on) {
      client = on;
      status = 'asked';
      askedAtMs = clock.now();
      const resumed = cursor === undefined ? {} : { lastEventId: cursor };
      const include = withReasoning ? {} : { include: { reasoning: false } };
      subscription = on.subscribe(
        'runs.events',
        { runId, ...resumed, ...include },
        {
          onStarted() {
            heardAtMs = clock.now();
            if (status === 'asked') status = 'started';
          },
          onEvent: (at, event) => onEvent(at, event as RunEvent),
          onStopped() {
            if (ended) status = 'done';
            else if (status === 'leaving') status = 'lost';
            else broken('its subscription ended without the terminal event');
          },
          onRefused(code) {
            status = truth.isRemoved(runId) ? 'expired' : 'lost';
            if (lagMs > 0 && code === 'LOG_UNAVAILABLE') return;
            const neverWas = truth.entries(runId).length === 0;
            const expected = truth.isRemoved(runId) ? 'RUN_EXPIRED' : neverWas ? 'RUN_NOT_FOUND' : 'none';
            if (code !== expected) broken(`it was refused with ${code}, where ${expected} was due`);
          },
          onLost() {
            // With the terminal event too: whoever comes back with its cursor is told the end, and nothing else.
            status = 'lost';
          },
        },
      );
    },
    leave() {
      if (status !== 'started') return;
      status = 'leaving';
      askedAtMs = clock.now();
      client?.stop(subscription);
    },
    readsAgain() {
      heardAtMs = clock.now();
    },
    check() {
      const seq = state?.seq ?? 0;
      if (state !== undefined && seq !== checkedSeq && truth.entries(runId).length >= seq) {
        checkedSeq = seq;
        const told = truth.stateAt(runId, seq);
        if (!isDeepStrictEqual(seen(state), seen(told))) broken('its fold is not the fold of the log');
      }
      if (client === undefined || !client.socket.isOpen || !client.socket.isReading) return;
      const isLate = clock.now() - askedAtMs > lagMs || lagMs === 0;
      if (status === 'asked') return isLate && broken('its subscription was neither started nor refused');
      if (status === 'leaving') return isLate && broken('its subscription did not end when it was stopped');
      if (status !== 'started') return;
      const deletion = truth.deletionOf(runId);
      const isDeletedLong = deletion !== undefined && Date.parse(deletion.event.at) < clock.now() - lagMs;
      if ((lagMs === 0 ? deletion !== undefined : isDeletedLong) && isLate && !ended) {
        return broken('its subscription continues after the deletion of the run');
      }
      if (ended) return isLate && broken('its subscription goes on after the terminal event');
      const dueMs = isLate ? clock.now() - lagMs : -Infinity;
      const behind = truth
        .entries(runId)
        .filter((entry) => entry.event.seq > seq && truth.appendedAtMs(entry) <= dueMs);
      if (behind.some(({ event }) => withReasoning || event.type !== 'stage.reasoning')) {
        broken(`it reads, the server rests, and ${behind.length} events are kept from it`);
      }
      const silentMs = clock.now() - heardAtMs;
      if (silentMs > longestSilenceMs) broken(`it has heard nothing for ${silentMs} ms`);
    },
  };

  function seen(of: RunState | undefined): RunState | undefined {
    if (withReasoning || of === undefined) return of;
    const attempts = (all: RunState['stages'][number]['attempts']) =>
      all.map((attempt) => ({ ...attempt, reasoning: '' }));
    return { ...of, stages: of.stages.map((stage) => ({ ...stage, attempts: attempts(stage.attempts) })) };
  }
}
