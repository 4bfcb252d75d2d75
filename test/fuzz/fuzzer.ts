/** Tries one part of Stagewire with inputs that follow from a seed. */
export interface Fuzzer {
  readonly name: string;
  /** Seeds that `npm test` plays, from 1. */
  readonly shortSeeds: number;
  /** What all seeds share: a server, a folder. */
  open(): Promise<FuzzSession>;
}

export interface FuzzSession extends AsyncDisposable {
  /** @throws Error that says what went wrong with this seed. */
  play(seed: number): Promise<void>;
}
