import { DurableEvent } from '@stagewire/shared/events';
import type { EventBody } from '@stagewire/shared';
import { LogConflict, LogUnavailable, type Append, type EventLog } from '../../log/event-log.ts';
import { isSameEvent } from '../../log/same-event.ts';
import type { Clock } from '../../runtime/clock.ts';
import { nextTurn } from '../../runtime/wait.ts';
import { evolve, type RunProgress } from '../decide/progress.ts';
import type { MeteredAppends } from './append-meter.ts';
import { validateDeltaFast } from './validate-delta-fast.ts';

/**
 * Values that are validated and folded in one turn of the event loop: events, and the parts of their files. A start may
 * copy those of a whole run.
 */
const valuesPerTurn = 20_000;
/** An event has about so many fields. */
const valuesPerEvent = 20;

/** The only writer of one run's log, and the run folded from it. */
export interface Recorder {
  /** @throws RangeError before the first append of a new run. */
  readonly progress: RunProgress;
  /**
   * Assigns position and time to the events, appends them atomically, and resolves when they are durable. One
   * call at a time. A leading `run.recovered` takes the run over.
   *
   * @throws LogConflict, LogUnavailable as the log does; ZodError for an event that is not of the contract.
   */
  record(bodies: readonly EventBody[]): Promise<void>;
  /**
   * After an append with an unknown outcome: checks whether its events are in the log, and folds them if so.
   * Otherwise does nothing.
   *
   * @throws LogConflict if another executor has appended. @throws LogUnavailable
   */
  settle(): Promise<void>;
}

export interface RecorderOptions extends MeteredAppends {
  readonly runId: string;
  readonly log: EventLog;
  readonly clock: Clock;
  /** The run as the log has it; `undefined` for a new one. */
  readonly progress: RunProgress | undefined;
  /** Claims a new run for this node, as `Append.claim` does. @default false */
  readonly claim?: boolean;
}

export function createRecorder(options: RecorderOptions): Recorder {
  const { runId, log, clock, appendMeter: meter } = options;
  let progress = options.progress;
  /** The append whose outcome is unknown. */
  let uncertain: Append | undefined;

  const recorder: Recorder = {
    get progress() {
      if (progress === undefined) throw new RangeError(`run ${runId} has no event yet`);
      return progress;
    },

    async record(bodies) {
      const expectedSeq = progress?.run.seq ?? 0;
      const epoch = (progress?.run.epoch ?? 1) + (bodies[0]?.type === 'run.recovered' ? 1 : 0);
      // A clock that was set back must not make a later event look earlier.
      const atMs = Math.max(clock.now(), Date.parse(progress?.run.updatedAt ?? '1970-01-01T00:00:00.000Z'));
      const at = new Date(atMs).toISOString();
      const events: DurableEvent[] = [];
      // Folded first: an event that cannot be folded must not be in the log, where it would fail every later start.
      let next = progress;
      let values = 0;
      for (const [index, body] of bodies.entries()) {
        if (values > valuesPerTurn) {
          values = 0;
          await nextTurn(clock);
        }
        values += valuesPerEvent + (body.type === 'artifact.recorded' ? body.parts.length : 0);
        const envelope = { runId, seq: expectedSeq + index + 1, at };
        const event = validateDeltaFast(body, envelope) ?? DurableEvent.parse({ ...body, ...envelope });
        events.push(event);
        next = evolve(next, event);
      }
      const claim = options.claim === true && expectedSeq === 0 ? { claim: true } : {};
      const append = { runId, epoch, expectedSeq, events, ...claim };
      const startedMs = clock.elapsed();
      try {
        await log.append(append);
      } catch (error) {
        if (error instanceof LogUnavailable && error.outcome === 'unknown') uncertain = append;
        meter?.failed(error);
        throw error;
      }
      progress = next;
      meter?.committed(events, recorder.progress.run);
      meter?.duration(clock.elapsed() - startedMs);
    },

    async settle() {
      if (uncertain === undefined) return;
      const { epoch, expectedSeq, events } = uncertain;
      const entries = await log.read(runId, { after: expectedSeq, limit: events.length + 1 });
      if (entries.length > 0) {
        const isOurs = events.every((event, index) => {
          const entry = entries[index];
          return entry?.epoch === epoch && isSameEvent(entry.event, event);
        });
        if (!isOurs || entries.length > events.length) {
          throw new LogConflict(`another node has written to ${runId}`);
        }
        for (const event of events) progress = evolve(progress, event);
        meter?.committed(events, recorder.progress.run);
      }
      uncertain = undefined;
    },
  };
  return recorder;
}
