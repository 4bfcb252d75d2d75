import type { EventBody, EventOf } from '@stagewire/shared';
import { rolePattern } from '@stagewire/shared/id-patterns';

type Delta = EventOf<'stage.delta' | 'stage.reasoning'>;

/** Position and time of an event. Each was validated before, or is valid by construction. */
export interface Envelope {
  readonly runId: string;
  readonly seq: number;
  readonly at: string;
}

const fields: ReadonlySet<string> = new Set(['type', 'stage', 'role', 'attempt', 'offset', 'text']);

/**
 * The delta of this body if it certainly fits its schema; `undefined` otherwise, and the schema decides. Nearly
 * all events are deltas, and the schema costs ten times as much. A test compares the two.
 */
export function validateDeltaFast(body: EventBody, { runId, seq, at }: Envelope): Delta | undefined {
  if (body.type !== 'stage.delta' && body.type !== 'stage.reasoning') return undefined;
  for (const field in body) if (!fields.has(field)) return undefined;
  const { type, stage, attempt, offset, text } = body;
  const isValid =
    isOrdinal(stage) &&
    isOrdinal(attempt) &&
    Number.isSafeInteger(offset) &&
    offset >= 0 &&
    typeof text === 'string' &&
    typeof body.role === 'string' &&
    rolePattern.test(body.role);
  return isValid ? { type, runId, seq, at, stage, role: body.role, attempt, offset, text } : undefined;
}

function isOrdinal(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
