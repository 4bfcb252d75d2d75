import { fnv1a } from './fnv-1a.ts';

/** A position in the log of one run. */
export interface Position {
  /** Fencing epoch of the executor that appended the event, from 1. */
  readonly epoch: number;
  /** Position of the event in the log of the run, from 1. */
  readonly seq: number;
}

const shape = /^([1-9]\d{0,8})-([1-9]\d{0,14})-([0-9a-f]{8})$/;

/** The position as a cursor: `<epoch>-<seq>-<8 hex digits of a hash of the run id>`. Opaque to clients. */
export function formatCursor(runId: string, position: Position): string {
  return `${position.epoch}-${position.seq}-${runHash(runId)}`;
}

/** Reads a cursor of this run; `undefined` if it has another shape or belongs to another run. */
export function parseCursor(runId: string, cursor: string): Position | undefined {
  const match = shape.exec(cursor);
  if (match === null || match[3] !== runHash(runId)) return undefined;
  return { epoch: Number(match[1]), seq: Number(match[2]) };
}

/** Not a secret: it only detects a cursor of another run. */
function runHash(runId: string): string {
  return fnv1a(runId).toString(16).padStart(8, '0');
}
