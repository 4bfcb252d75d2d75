import type { Histogram } from '../runtime/histogram.ts';
import type { LabelledHistograms, LabelledNumbers } from '../runtime/labelled.ts';

/** A measurement with the values of its labels, in the order of their names. */
export interface Sample {
  readonly labels: readonly string[];
  readonly value: number;
}

/** What a metric means; the rest of its row in docs/METRICS.md follows from it. */
interface Described {
  /** By Prometheus's conventions: with its unit, and `_total` for counters. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** A metric that is read only when metrics are requested. */
export type Metric =
  | (Described & { readonly type: 'counter' | 'gauge'; readonly read: () => readonly Sample[] })
  | (Described & {
      readonly type: 'histogram';
      readonly read: () => readonly { readonly labels: readonly string[]; readonly histogram: Histogram }[];
    });

type Description = Pick<Described, 'name' | 'help'>;

export function counter(of: Description, read: () => number): Metric {
  return { ...of, type: 'counter', labels: [], read: () => [{ labels: [], value: read() }] };
}

/** @param read `undefined`: there is no value. */
export function gauge(of: Description, read: () => number | undefined): Metric {
  return {
    ...of,
    type: 'gauge',
    labels: [],
    read() {
      const value = read();
      return value === undefined ? [] : [{ labels: [], value }];
    },
  };
}

export function labelledCounter(
  of: Description & { readonly labels: readonly string[] },
  numbers: Pick<LabelledNumbers, 'read'>,
): Metric {
  return { ...of, type: 'counter', read: () => numbers.read() };
}

export function labelledGauge(
  of: Description & { readonly labels: readonly string[] },
  numbers: Pick<LabelledNumbers, 'read'>,
): Metric {
  return { ...of, type: 'gauge', read: () => numbers.read() };
}

type OfOneLabel = Description & { readonly label: string };

/** A number for each value of one label. */
export function gaugeOf(of: OfOneLabel, read: () => Readonly<Record<string, number>>): Metric {
  return { ...byLabel(of, read), type: 'gauge' };
}

/** A number for each value of one label. */
export function counterOf(of: OfOneLabel, read: () => Readonly<Record<string, number>>): Metric {
  return { ...byLabel(of, read), type: 'counter' };
}

function byLabel({ name, help, label }: OfOneLabel, read: () => Readonly<Record<string, number>>) {
  return {
    name,
    help,
    labels: [label],
    read: () => Object.entries(read()).map(([value, number]): Sample => ({ labels: [value], value: number })),
  };
}

export function histogram(of: Description, one: Histogram): Metric {
  return { ...of, type: 'histogram', labels: [], read: () => [{ labels: [], histogram: one }] };
}

export function labelledHistogram(
  of: Description & { readonly labels: readonly string[] },
  histograms: Pick<LabelledHistograms, 'read'>,
): Metric {
  return { ...of, type: 'histogram', read: () => histograms.read() };
}
