/** Identifies an attempt of a run. */
export interface AttemptPlace {
  /** Number of the stage in the run, from 1. */
  readonly stage: number;
  /** Number of the attempt in its stage, from 1. */
  readonly attempt: number;
}
