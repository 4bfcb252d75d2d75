import parse, { type ParsedMetric } from 'parse-prometheus-text-format';

/** A page of metrics, as a parser that is not ours reads it. */
export interface ScrapedMetrics {
  readonly text: string;
  readonly metrics: readonly Pick<ParsedMetric, 'name' | 'help' | 'type'>[];
  /** The sum over the series with these labels; of a histogram the count. 0 if there are none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number;
}

export function parseMetrics(text: string): ScrapedMetrics {
  const metrics = parse(text);
  // The parser drops the labels of histograms, but reads them as what they consist of.
  const series = parse(text.replaceAll(/^# (?:TYPE|HELP) .*\n/gm, ''));
  return {
    text,
    metrics,
    value(name, labels = {}) {
      if (!metrics.some((one) => name.replace(/_(?:sum|bucket)$/, '') === one.name || name === one.name))
        throw new Error(`there is no metric ${name}`);
      const named = (wanted: string) =>
        series.filter((one) => one.name === wanted).flatMap((one) => one.metrics);
      const found = named(name);
      return (found.length > 0 ? found : named(`${name}_count`))
        .filter((one) => Object.entries(labels).every(([label, value]) => one.labels?.[label] === value))
        .reduce((sum, one) => sum + Number(one.value ?? 0), 0);
    },
  };
}

/** @throws Error unless it is answered with 200 */
export async function scrape(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<ScrapedMetrics> {
  const response = await fetch(url, { headers });
  if (response.status !== 200) throw new Error(`${url} answers ${response.status}: ${await response.text()}`);
  return parseMetrics(await response.text());
}
