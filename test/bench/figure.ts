import type { ScaleKind } from './plot-scale.ts';
import type { Spread } from './statistics.ts';

/** One measured thing, beside its baseline and its goal. */
export interface Figure {
  /** P1 to P14 and G10, with a letter where a promise has several. */
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  readonly ours: Spread;
  readonly baseline: Spread | null;
  /** What `ours` is held against: `ratio` ours/baseline, `difference` ours − baseline, or ours as it is. */
  readonly compares: 'ratio' | 'difference' | 'value';
  readonly compared: Spread;
  readonly goal: string;
  /** `none`: it is told for comparison only. */
  readonly verdict: 'met' | 'missed' | 'none';
  /** What else one must know to read it. */
  readonly notes?: readonly string[];
}

/** A figure that could not be taken, and why: better none than a wrong one. */
export interface NoFigure {
  readonly id: string;
  readonly what: string;
  readonly why: string;
}

/** A curve for the page. */
export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly logX?: boolean;
  /** @default 'linear' */
  readonly yScale?: ScaleKind;
  readonly lines: readonly {
    readonly name: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
}

export interface Measured {
  readonly figures: readonly Figure[];
  readonly plots?: readonly Plot[];
}

export interface BenchOptions {
  readonly rounds: number;
  readonly quick: boolean;
  /** Arguments for Node in the process of the server, as `--cpu-prof`. */
  readonly serverArguments: readonly string[];
  /** Tells the person who waits. */
  log(line: string): void;
}

export interface Measurement {
  readonly id: string;
  readonly what: string;
  measure(options: BenchOptions): Promise<Measured>;
}

/** The run cannot be right: what it says gives no figure. */
export class Invalid extends Error {
  override readonly name: string = 'Invalid';
}

/** Others wanted the machine: the same may be right when it is tried again. */
export class TooBusy extends Invalid {
  override readonly name = 'TooBusy';
}
