/** The package has no types of its own. */
declare module 'parse-prometheus-text-format' {
  export interface ParsedMetric {
    readonly name: string;
    readonly type: string;
    readonly help: string;
    readonly metrics: readonly {
      readonly value?: string;
      readonly labels?: Readonly<Record<string, string>>;
      /** Those of histograms are without labels. */
      readonly count?: string;
      readonly sum?: string;
      readonly buckets?: Readonly<Record<string, string>>;
    }[];
  }

  export default function parse(text: string): readonly ParsedMetric[];
}
