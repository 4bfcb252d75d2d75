import { InvalidArgumentError } from 'commander';
import type { MetricSample, MetricSelector } from './metric-sample.ts';
import { holds, operatorOf, unitsMs, type Operator, type ThresholdResult } from './threshold.ts';

/** A condition on a metric of the server, e.g. `stagewire_event_loop_delay_seconds{stat="p99"}:max<100ms`. */
export interface MetricThreshold extends MetricSelector {
  readonly text: string;
  readonly stat: MetricStat;
  readonly operator: Operator;
  /** In the unit of the metric. */
  readonly limit: number;
}

/** `increase` is the last value less the first one; the others are over all samples. */
export type MetricStat = 'min' | 'avg' | 'max' | 'last' | 'increase';

const stats: readonly string[] = ['min', 'avg', 'max', 'last', 'increase'] satisfies MetricStat[];
const prefix = 'stagewire_';
const shape =
  /^\s*(stagewire_[a-z0-9_]+)(?:\{([^{}]*)\})?\s*:\s*([a-z]+[\d.]*)\s*(<=|>=|==|<|>)\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/;
const labelShape = /^\s*([a-z_]+)\s*=\s*"?([^"=,]*)"?\s*$/;

/** Is the text about a metric of the server, rather than about what the load test measures? */
export function isMetricThreshold(text: string): boolean {
  return text.trimStart().startsWith(prefix);
}

/** @throws InvalidArgumentError with the problem and the valid values. */
export function parseMetricThreshold(text: string): MetricThreshold {
  const match = shape.exec(text);
  if (match === null) {
    throw new InvalidArgumentError(
      'Expected <metric>{<label>="<value>"}:<stat><comparison><number>, e.g. ' +
        'stagewire_event_loop_delay_seconds{stat="p99"}:max<100ms.',
    );
  }
  const [, metric = '', selector = '', stat = '', operator = '', number = '', unit = ''] = match;
  if (!stats.includes(stat)) {
    throw new InvalidArgumentError(`${metric} has no statistic "${stat}". Known: ${stats.join(', ')}.`);
  }
  const unitMs = unitsMs[unit];
  const isDuration = isInSeconds(metric);
  if (isDuration ? unitMs === undefined : unit !== '') {
    const hint = isDuration ? 'the unit is missing (us, ms or s)' : 'only metrics in seconds have a unit';
    throw new InvalidArgumentError(`In "${text}", ${hint}.`);
  }
  return {
    text,
    metric,
    labels: labelsOf(selector, text),
    stat: stat as MetricStat,
    operator: operatorOf(operator),
    limit: Number(number) * (isDuration ? (unitMs ?? 1) / 1000 : 1),
  };
}

/** Without a sample it is missed, because it is not shown to hold. */
export function evaluateMetricThreshold(
  threshold: MetricThreshold,
  samples: readonly MetricSample[],
): ThresholdResult {
  const values = [...Map.groupBy(samples, ({ url }) => url).values()].map((of) =>
    statOf(
      of.map(({ valueOf }) => valueOf(threshold)),
      threshold.stat,
    ),
  );
  // Each node has to meet it.
  const worst = values.find((value) => !holds(threshold, value)) ?? values[0];
  const isDuration = isInSeconds(threshold.metric);
  return {
    threshold: threshold.text,
    value: worst === undefined ? null : worst * (isDuration ? 1000 : 1),
    unit: isDuration ? 'ms' : 'count',
    met: worst !== undefined && holds(threshold, worst),
    samples: samples.length,
    samplesNeeded: 1,
  };
}

function statOf(values: readonly number[], stat: MetricStat): number {
  const [first = 0, last = 0] = [values[0], values.at(-1)];
  switch (stat) {
    case 'min':
      return Math.min(...values);
    case 'max':
      return Math.max(...values);
    case 'avg':
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    case 'last':
      return last;
    case 'increase':
      return last - first;
    default:
      return stat satisfies never;
  }
}

function isInSeconds(metric: string): boolean {
  return /_seconds(?:_total|_sum)?$/.test(metric);
}

function labelsOf(selector: string, text: string): Readonly<Record<string, string>> {
  if (selector.trim() === '') return {};
  return Object.fromEntries(
    selector.split(',').map((part) => {
      const [, name = '', value = ''] = labelShape.exec(part) ?? [];
      if (name === '') {
        throw new InvalidArgumentError(`In "${text}", the labels are not of the form {stat="p99"}.`);
      }
      return [name, value];
    }),
  );
}
