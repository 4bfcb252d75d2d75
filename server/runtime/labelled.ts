import { createHistogram, type Histogram } from './histogram.ts';

/** The values of the labels of a measurement, in the order of their names. */
export type LabelValues = readonly string[];

/** Numbers for each combination of labels. For what is rare: each change looks its labels up. */
export interface LabelledNumbers {
  add(labels: LabelValues, amount?: number): void;
  read(): readonly { readonly labels: LabelValues; readonly value: number }[];
}

/** A histogram for each combination of labels. */
export interface LabelledHistograms {
  /** The histogram of these labels, which is kept by those that observe often. */
  of(...labels: LabelValues): Histogram;
  read(): readonly { readonly labels: LabelValues; readonly histogram: Histogram }[];
}

/** Label values do not contain this. */
const separator = '\n';

/** @param known Labels that are shown with 0 from the start: an increase from nothing is not visible. @default none */
export function createLabelledNumbers(known: readonly LabelValues[] = []): LabelledNumbers {
  const values = new Map<string, { readonly labels: LabelValues; value: number }>();
  function add(labels: LabelValues, amount = 1): void {
    const key = labels.join(separator);
    const entry = values.get(key);
    if (entry === undefined) values.set(key, { labels, value: amount });
    else entry.value += amount;
  }

  for (const labels of known) add(labels, 0);
  return {
    add,
    read: () => [...values.values()].map(({ labels, value }) => ({ labels, value })),
  };
}

export function createLabelledHistograms(bounds: readonly number[]): LabelledHistograms {
  const histograms = new Map<string, { readonly labels: LabelValues; readonly histogram: Histogram }>();
  return {
    of(...labels) {
      const key = labels.join(separator);
      const entry = histograms.get(key) ?? { labels, histogram: createHistogram(bounds) };
      histograms.set(key, entry);
      return entry.histogram;
    },
    read: () => [...histograms.values()],
  };
}
