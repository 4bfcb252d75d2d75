import { InvalidArgumentError } from 'commander';
import { counterTable, trendTable, type CounterName, type Figures, type TrendName } from './figures.ts';
import { samplesNeeded } from './trend.ts';

/** A condition on the result, e.g. `cancel_to_silence:p99<50ms` or `lost:count==0`. */
export interface Threshold {
  readonly text: string;
  readonly figure: TrendName | CounterName;
  readonly stat: Stat;
  readonly operator: Operator;
  /** In milliseconds, or a count. */
  readonly limit: number;
}

export interface ThresholdResult {
  readonly threshold: string;
  /** In milliseconds, or a count; `null` if nothing was measured. */
  readonly value: number | null;
  readonly unit: 'ms' | 'count';
  /** `null` if it was not judged, since a percentile needs more samples. */
  readonly met: boolean | null;
  /** The number of measurements; of a counter, its value; of a metric of the server, how often it was read. */
  readonly samples: number;
  /** How many measurements its statistic needs. */
  readonly samplesNeeded: number;
}

/** `{p: 99}` is the 99th percentile. */
export type Stat = 'count' | 'min' | 'avg' | 'max' | { readonly p: number };

const operators = {
  '<': (value: number, limit: number) => value < limit,
  '<=': (value: number, limit: number) => value <= limit,
  '>': (value: number, limit: number) => value > limit,
  '>=': (value: number, limit: number) => value >= limit,
  '==': (value: number, limit: number) => value === limit,
} as const;

export type Operator = keyof typeof operators;

/** Of durations. */
export const unitsMs: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };
const shape =
  /^\s*([a-z_]+)\s*:\s*([a-z]+(?:\d+(?:\.\d+)?)?)\s*(<=|>=|==|<|>)\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/;

/** @throws InvalidArgumentError with the problem and the valid values. */
export function parseThreshold(text: string): Threshold {
  const match = shape.exec(text);
  if (match === null) {
    throw new InvalidArgumentError(
      'Expected <metric>:<stat><comparison><number>, e.g. cancel_to_silence:p99<50ms or lost:count==0.',
    );
  }
  const [, figure = '', statText = '', operator = '', number = '', unit = ''] = match;
  if (isCounter(figure)) {
    if (statText !== 'count')
      throw new InvalidArgumentError(`${figure} is a counter: expected ${figure}:count.`);
    if (unit !== '') throw new InvalidArgumentError(`${figure} is a counter and has no unit; got "${unit}".`);
    return { text, figure, stat: 'count', operator: operatorOf(operator), limit: Number(number) };
  }
  if (!isIn(trendTable, figure)) {
    const known = [...Object.keys(trendTable), ...Object.keys(counterTable)].join(', ');
    throw new InvalidArgumentError(`Unknown metric "${figure}". Known: ${known}.`);
  }
  const stat = readStat(figure, statText);
  const unitMs = stat === 'count' && unit === '' ? 1 : unitsMs[unit];
  if (unitMs === undefined || (stat === 'count' && unit !== '')) {
    const hint = stat === 'count' ? 'a count has no unit' : 'the unit is missing (us, ms or s)';
    throw new InvalidArgumentError(
      `In "${text}", ${hint}: expected e.g. ${figure}:p99<50ms or ${figure}:count>10.`,
    );
  }
  return { text, figure, stat, operator: operatorOf(operator), limit: Number(number) * unitMs };
}

/**
 * A threshold without measurements is missed, because it is not shown to hold. One on a percentile of too few is not
 * judged: a single sample would decide it.
 */
export function evaluateThreshold(threshold: Threshold, figures: Figures): ThresholdResult {
  const { text, limit, stat } = threshold;
  const samples = samplesOf(threshold, figures);
  const needed = stat === 'count' ? 0 : typeof stat === 'object' ? samplesNeeded(stat.p) : 1;
  const value = valueOf(threshold, figures);
  const isJudged = samples === 0 || samples >= needed;
  return {
    threshold: text,
    value,
    unit: stat === 'count' ? 'count' : 'ms',
    met: isJudged ? value !== null && operators[threshold.operator](value, limit) : null,
    samples,
    samplesNeeded: needed,
  };
}

/** Reads a comparison that is one of those. */
export function operatorOf(text: string): Operator {
  if (!isIn(operators, text)) throw new RangeError(`"${text}" is no comparison`);
  return text;
}

/** Whether a value meets the condition. */
export function holds({ operator, limit }: Pick<Threshold, 'operator' | 'limit'>, value: number): boolean {
  return operators[operator](value, limit);
}

/** Whether a value above the limit violates it, so that it can be violated before the test has ended. */
export function isUpperLimit({ operator }: Threshold): boolean {
  return operator === '<' || operator === '<=' || operator === '==';
}

function samplesOf({ figure }: Threshold, figures: Figures): number {
  return isCounter(figure) ? figures.counted(figure) : figures.trends[figure].count;
}

function valueOf({ figure, stat }: Threshold, figures: Figures): number | null {
  if (isCounter(figure)) return figures.counted(figure);
  const trend = figures.trends[figure];
  return typeof stat === 'object' ? (trend.percentile(stat.p) ?? null) : trend.summary()[stat];
}

export function isCounter(figure: string): figure is CounterName {
  return isIn(counterTable, figure);
}

function readStat(figure: string, text: string): Stat {
  if (text === 'count' || text === 'min' || text === 'avg' || text === 'max') return text;
  const percent = /^p(\d+(?:\.\d+)?)$/.exec(text)?.[1];
  if (percent !== undefined && Number(percent) > 0 && Number(percent) <= 100) return { p: Number(percent) };
  throw new InvalidArgumentError(
    `${figure} has no statistic "${text}". Known: min, avg, max, count and percentiles above p0 up to p100, e.g. p99.`,
  );
}

function isIn<Table extends object>(table: Table, name: string): name is keyof Table & string {
  return Object.hasOwn(table, name);
}
