import type { DurableEvent } from '@stagewire/shared';
import type { EventLog } from '../../server/log/event-log.ts';

// Runs that are written to the log directly: many events in a short time.

/** Recently, so that a server which starts with them does not remove them. */
const firstQueuedMs = Date.now() - 3 * 24 * 60 * 60 * 1000;
/** Of a run that was queued just now, and may still take its time. */
export const latestOrdinal = 3 * 24 * 60 * 60;
/** Characters of a delta. */
export const deltaChars = 5;

export function storedRunId(kind: string, ordinal: number): string {
  return `run_bench-${kind}-${String(ordinal).padStart(8, '0')}`;
}

export interface StoredRun {
  readonly runId: string;
  /** Runs are queued one second apart, in this order. @default 0 */
  readonly ordinal?: number;
  /** @default rehearsal */
  readonly model?: string;
}

export function queuedEvent({ runId, ordinal = 0, model = 'rehearsal' }: StoredRun): DurableEvent {
  return {
    type: 'run.queued',
    runId,
    seq: 1,
    at: storedInstant(ordinal),
    task: 'bench',
    owner: 'local',
    actor: { id: 'local', kind: 'anonymous' },
    pipeline: { roles: ['architect'], maxRefinements: 0 },
    instructions: {},
    models: { default: model },
    limits: { maxAttemptsPerStage: 8, maxDurationMs: 24 * 60 * 60 * 1000 },
    labels: {},
    digest: '',
  };
}

/** @param offset Of its text in the attempt. */
export function deltaEvent({ runId, ordinal = 0 }: StoredRun, seq: number, offset: number): DurableEvent {
  const place = { stage: 1, role: 'architect', attempt: 1 };
  return { type: 'stage.delta', runId, seq, at: storedInstant(ordinal), ...place, offset, text: ' word' };
}

export function cancelledEvent({ runId, ordinal = 0 }: StoredRun, seq: number): DurableEvent {
  const actor = { id: 'local', kind: 'anonymous' } as const;
  const commandId = '00000000-0000-4000-8000-000000000000';
  return { type: 'run.cancelled', runId, seq, at: storedInstant(ordinal), commandId, actor };
}

/** An ended run of so many events, in one append. */
export async function storeRun(log: EventLog, run: StoredRun, events: number): Promise<void> {
  const deltas = Array.from({ length: events - 2 }, (_, index) =>
    deltaEvent(run, index + 2, index * deltaChars),
  );
  const { runId } = run;
  const all = [queuedEvent(run), ...deltas, cancelledEvent(run, events)];
  await log.append({ runId, epoch: 1, expectedSeq: 0, events: all });
}

/** When the run with this ordinal was queued. */
export function storedInstant(ordinal: number): string {
  return new Date(firstQueuedMs + ordinal * 1000).toISOString();
}
