import { randomBytes, randomUUID } from 'node:crypto';

/** Ids and random numbers. Tests and the simulation inject seeded ones. */
export interface RandomSource {
  /** A number in [0, 1). */
  next(): number;
  /** A new run id, `run_` and a part that sorts by `atMs`. */
  runId(atMs: number): string;
  /** A UUID. */
  uuid(): string;
}

export const systemRandom: RandomSource = {
  next: () => Math.random(),
  runId: (atMs) => `run_${timePart(atMs)}${randomBytes(8).toString('hex')}`,
  uuid: () => randomUUID(),
};

/** Nine base-36 digits last until the year 5188 and sort like the timestamps. */
export function timePart(atMs: number): string {
  return atMs.toString(36).padStart(9, '0');
}

/** Bytes that cannot be predicted: for secrets. */
export function secretBytes(count: number): Buffer {
  return randomBytes(count);
}
