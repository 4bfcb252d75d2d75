/** What selects series of a page of metrics. */
export interface MetricSelector {
  /** As on the page of metrics: `stagewire_runs_ended_total`. */
  readonly metric: string;
  /** Series without one of these labels do not count. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The metrics of one server at one instant. */
export interface MetricSample {
  /** Of the page. */
  readonly url: string;
  /** The sum of the series; 0 if there is none. */
  valueOf(selector: MetricSelector): number;
}
