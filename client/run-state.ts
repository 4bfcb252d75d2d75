import * as shared from '@stagewire/shared';
import type { RunEvent, RunState } from './generated/contract.ts';

/**
 * A run's state after one more event; the state before the first event, `run.queued`, is `undefined`. The very
 * fold that the server uses. What lies at or before the state's own seq changes nothing.
 *
 * @throws RangeError if the first event is not `run.queued`.
 */
export const fold: (state: RunState | undefined, event: RunEvent) => RunState = shared.fold;

/** Two neighbouring deltas of the same type and attempt as one; `undefined` if the two are anything else. */
export const mergeDeltas: (first: RunEvent, second: RunEvent) => RunEvent | undefined = shared.mergeDeltas;
