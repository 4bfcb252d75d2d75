import { fnv1a } from './fnv-1a.ts';

/** A place in the log of one run: which owner wrote the event, and which event of the run it is. */
export interface Position {
  /** How many owners the run has had when the event was written, from 1. */
  readonly epoch: number;
  /** The event's place in the run's log, from 1. */
  readonly seq: number;
}

const shape = /^([1-9]\d{0,8})-([1-9]\d{0,14})-([0-9a-f]{8})$/;

/** The position as followers carry it: `<epoch>-<seq>-<8 hex of the run id's hash>`. Opaque to clients. */
export function formatCursor(runId: string, position: Position): string {
  return `${position.epoch}-${position.seq}-${runHash(runId)}`;
}

/** Reads a cursor of this run; `undefined` if it has another shape or belongs to another run. */
export function parseCursor(runId: string, cursor: string): Position | undefined {
  const match = shape.exec(cursor);
  if (match === null || match[3] !== runHash(runId)) return undefined;
  return { epoch: Number(match[1]), seq: Number(match[2]) };
}

/** Not a secret: it only catches a cursor taken to the wrong run. */
function runHash(runId: string): string {
  return fnv1a(runId).toString(16).padStart(8, '0');
}
