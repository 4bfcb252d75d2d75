import { fnv1a } from './fnv-1a.ts';

/** A position in the log of one run. */
export interface Position {
  /** Fencing epoch of the executor that appended the event, from 1. */
  readonly epoch: number;
  /** Position of the event in the log of the run, from 1. */
  readonly seq: number;
}

const shape = /^([1-9]\d{0,8})-([1-9]\d{0,14})-[0-9a-f]{8}$/;

/** The cursor of an event: `<epoch>-<seq>-<8 hex digits of a hash of run id and instant>`. Opaque to clients. */
export function formatCursor(runId: string, event: Position & { readonly at?: string }): string {
  // The instant distinguishes an event that a log has lost from the one that has its position now.
  const named = event.at === undefined ? runId : `${runId} ${event.at}`;
  return `${event.epoch}-${event.seq}-${fnv1a(named).toString(16).padStart(8, '0')}`;
}

/** The position in a cursor of any run; `undefined` if it has another shape. */
export function parseCursor(cursor: string): Position | undefined {
  const match = shape.exec(cursor);
  return match === null ? undefined : { epoch: Number(match[1]), seq: Number(match[2]) };
}
