import { Counter, Gauge, Histogram, Registry, type LabelValues } from 'prom-client';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { HistogramCounts } from '../runtime/histogram.ts';
import type { Metric } from './metric.ts';

/** All metrics in the text format of Prometheus. */
export interface MetricsPage {
  /** The metrics, at most `sharedMs` old. Readers share the bytes. */
  read(): Promise<Buffer>;
}

export interface MetricsPageOptions {
  readonly metrics: readonly Metric[];
  readonly clock: Pick<Clock, 'elapsed'>;
  readonly logger: Logger;
  /** For how long all readers get the same page, in milliseconds. @default 1000 */
  readonly sharedMs?: number;
}

export const metricsContentType: string = Registry.PROMETHEUS_CONTENT_TYPE;

/** Collects at most one page per `sharedMs`, however many readers there are. */
export function createMetricsPage(options: MetricsPageOptions): MetricsPage {
  const { metrics, clock, logger, sharedMs = 1000 } = options;
  const registry = new Registry();
  for (const metric of metrics) registry.registerMetric(collected(metric));
  let page: { readonly atMs: number; readonly bytes: Promise<Buffer> } | undefined;

  async function collect(): Promise<Buffer> {
    try {
      return Buffer.from(await registry.metrics());
    } catch (error) {
      logger.error({ error }, 'the metrics could not be collected');
      throw error;
    }
  }

  return {
    read() {
      const nowMs = clock.elapsed();
      if (page === undefined || nowMs - page.atMs >= sharedMs) page = { atMs: nowMs, bytes: collect() };
      return page.bytes;
    },
  };
}

function collected(metric: Metric): Counter | Gauge | Histogram {
  const { name, help } = metric;
  const common = { name, help, labelNames: [...metric.labels], registers: [] };
  switch (metric.type) {
    case 'counter':
      return new Counter({
        ...common,
        collect() {
          this.reset();
          for (const { labels, value } of metric.read()) this.inc(named(metric.labels, labels), value);
        },
      });
    case 'gauge':
      return new Gauge({
        ...common,
        collect() {
          const samples = metric.read();
          this.reset();
          // Without labels it would be 0 instead of absent.
          if (samples.length === 0 && metric.labels.length === 0) this.remove();
          for (const { labels, value } of samples) this.set(named(metric.labels, labels), value);
        },
      });
    case 'histogram':
      return new CountedHistogram(common, () =>
        metric
          .read()
          .map(({ labels, histogram }) => ({ ...histogram.read(), labels: named(metric.labels, labels) })),
      );
    default:
      return metric satisfies never;
  }
}

type HistogramValues = Awaited<ReturnType<Histogram['get']>>;

interface CountedSample extends HistogramCounts {
  readonly labels: LabelValues<string>;
}

/** A histogram whose buckets were counted elsewhere: `observe` of prom-client looks its labels up at each call. */
class CountedHistogram extends Histogram {
  readonly #metric: { readonly name: string; readonly help: string };
  readonly #counted: () => readonly CountedSample[];

  constructor(options: ConstructorParameters<typeof Histogram>[0], counted: () => readonly CountedSample[]) {
    super(options);
    this.#metric = options;
    this.#counted = counted;
  }

  override async get(): Promise<HistogramValues> {
    const { name, help } = this.#metric;
    const values = this.#counted().flatMap(({ labels, bounds, counts, sum, count }) => {
      let below = 0;
      const buckets = bounds.map((bound, index) => {
        below += counts[index] ?? 0;
        return { metricName: `${name}_bucket`, labels: { ...labels, le: bound }, value: below };
      });
      return [
        ...buckets,
        { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: count },
      ];
    });
    return { name, help, type: 'histogram', values, aggregator: 'sum' } as unknown as HistogramValues;
  }

  /** What the registry calls; not in the types of prom-client. */
  getForPromString(): Promise<HistogramValues> {
    return this.get();
  }
}

function named(names: readonly string[], values: readonly string[]): LabelValues<string> {
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
}
