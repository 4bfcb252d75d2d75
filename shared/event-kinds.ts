import type { EventOf, RunEvent, TransientEvent } from './events.ts';

/** Questions about an event's type that server and client ask alike. */

const terminalTypes: ReadonlySet<string> = new Set(['run.completed', 'run.failed', 'run.cancelled']);
const endingTypes: ReadonlySet<string> = new Set([
  'stage.completed',
  'stage.interrupted',
  'stage.cancelled',
  'stage.failed',
]);
const transientTypes: ReadonlySet<string> = new Set(['run.waiting', 'stage.waiting']);

/** Is this the run's last event? */
export function isTerminal(event: {
  readonly type: string;
}): event is EventOf<'run.completed' | 'run.failed' | 'run.cancelled'> {
  return terminalTypes.has(event.type);
}

/** Does this event end an attempt? */
export function isEnding(event: {
  readonly type: string;
}): event is EventOf<'stage.completed' | 'stage.interrupted' | 'stage.cancelled' | 'stage.failed'> {
  return endingTypes.has(event.type);
}

/** Is this event outside the log, only filling a gap for one follower? */
export function isTransient(event: RunEvent): event is TransientEvent {
  return transientTypes.has(event.type);
}

/** Is this a piece of text, which may be merged with its neighbour? */
export function isDelta(event: {
  readonly type: string;
}): event is EventOf<'stage.delta' | 'stage.reasoning'> {
  return event.type === 'stage.delta' || event.type === 'stage.reasoning';
}
