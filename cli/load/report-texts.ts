import { counted, grouped } from '@stagewire/shared/units/count';
import { duration } from '@stagewire/shared/units/duration';
import { windowSeconds, type LoadBreak } from './break-finder.ts';
import type { LoadReport, ReportedSettings } from './load-report.ts';
import type { LoadStage } from './pace.ts';
import type { ThresholdResult } from './threshold.ts';

/** Sentences and numbers that all forms of the report have in common. */

/** `412.5`, `9.52`, `1,526`: three digits or whole milliseconds. */
export function milliseconds(value: number): string {
  if (value >= 1000) return grouped(Math.round(value));
  return value.toFixed(value < 10 ? 2 : 1);
}

/** `1,526 ms`, or a count without a unit. */
export function valueText(value: number, unit: 'ms' | 'count'): string {
  return unit === 'count' ? grouped(value) : `${milliseconds(value)} ms`;
}

/** How the runs were started. */
export function paceText({ stages, ratePerSecond, concurrency, runs }: ReportedSettings): string {
  const [first] = stages;
  if (first !== undefined) return `stages ${stages.map(stageText).join(', ')}`;
  if (ratePerSecond !== undefined) {
    const atMost = runs === undefined ? '' : `, ${counted(runs, 'run')}`;
    return `${shortNumber(ratePerSecond)} runs started per second${atMost}`;
  }
  const concurrent = counted(concurrency, 'concurrent run');
  return runs === undefined || (runs === 1 && concurrency === 1)
    ? concurrent
    : `${counted(runs, 'run')}, ${grouped(concurrency)} at a time`;
}

function stageText({ durationMs, kind, target }: LoadStage): string {
  return `${duration(durationMs)} to ${targetText(kind, target)}`;
}

/** `20/s`, or `50 concurrent`. */
function targetText(kind: LoadStage['kind'], target: number): string {
  return kind === 'rate' ? `${shortNumber(target)}/s` : `${shortNumber(target)} concurrent`;
}

/** Whether the targets of the test are starts per second. */
export function paceKind({ stages, ratePerSecond }: ReportedSettings): LoadStage['kind'] {
  return stages[0]?.kind ?? (ratePerSecond === undefined ? 'concurrency' : 'rate');
}

function shortNumber(value: number): string {
  return String(Number(value.toFixed(1)));
}

/** `3 subscribers per run over WebSockets, 2 of the feed`. */
export function subscribersText({ subscribers, feedSubscribers, transport }: ReportedSettings): string {
  const over = { ws: 'WebSockets', sse: 'server-sent events', auto: 'either transport' }[transport];
  const feed = feedSubscribers === 0 ? '' : `, ${feedSubscribers} of the feed`;
  return `${counted(subscribers, 'subscriber')} per run over ${over}${feed}`;
}

/** Whether the threshold was met, in a word. */
export function verdictWord({ met }: ThresholdResult): 'met' | 'missed' | 'not judged' {
  if (met === null) return 'not judged';
  return met ? 'met' : 'missed';
}

/** What was measured, or why there is no verdict. */
export function measuredText({ met, value, unit, samples, samplesNeeded }: ThresholdResult): string {
  if (met === null) return `not enough samples: ${grouped(samples)}, needs ${grouped(samplesNeeded)}`;
  return value === null ? 'no measurements' : valueText(value, unit);
}

/**
 * `after 43 s, at 31.2/s, 64 live runs: time_to_first_token:p95<400ms (812 ms)`; without a time and a load, if it was found
 * after the measurement.
 */
export function breakText(
  { condition, atMs, target, liveRuns, value, unit, isGeneratorSaturated }: LoadBreak,
  { settings, measuredMs }: Pick<LoadReport, 'settings' | 'measuredMs'>,
): string {
  if (liveRuns === 0 && atMs > measuredMs) return `at the end: ${condition} (${valueText(value, unit)})`;
  const window = unit === 'ms' ? ` in the ${windowSeconds} s before` : '';
  const where = `${targetText(paceKind(settings), target)}, ${counted(liveRuns, 'live run')}`;
  const doubt = isGeneratorSaturated ? '; the load generator was saturated' : '';
  return `after ${Math.round(atMs / 1000)} s, at ${where}: ${condition} (${valueText(value, unit)}${window})${doubt}`;
}

/** All problems of the result, or none. */
export interface Verdict {
  readonly kind: 'bad' | 'note';
  readonly text: string;
}

export function verdicts(report: LoadReport): readonly Verdict[] {
  const { invalidBecause, thresholds, broken, counters, interrupted, stoppedAtBreak } = report;
  const missed = thresholds.filter(({ met }) => met === false).length;
  const unjudged = thresholds.filter(({ met }) => met === null).length;
  const note = (text: string): Verdict => ({ kind: 'note', text });
  const bad = (text: string): Verdict => ({ kind: 'bad', text });
  return [
    ...(interrupted ? [note('Ended early; the report covers the time until then.')] : []),
    ...(stoppedAtBreak ? [note('No more runs were started after the first violation.')] : []),
    ...invalidBecause.map((reason) => bad(`The durations are not valid: ${reason}.`)),
    ...(missed === 0
      ? []
      : [
          bad(
            `${missed} of ${counted(thresholds.length, 'threshold')} ${missed === 1 ? 'was' : 'were'} not met.`,
          ),
        ]),
    ...(unjudged === 0
      ? []
      : [
          bad(
            `${unjudged} of ${counted(thresholds.length, 'threshold')} ${unjudged === 1 ? 'was' : 'were'} not judged: use ` +
              'more runs, or a statistic that needs fewer samples, such as max.',
          ),
        ]),
    ...(broken.length === 0
      ? []
      : [bad(`Must be 0, but is not: ${broken.map((name) => `${name} ${counters[name]}`).join(', ')}.`)]),
  ];
}

/** If there is no problem. */
export function successText({ thresholds }: LoadReport): string {
  return thresholds.length === 0 ? 'No event lost or duplicated.' : 'All thresholds met.';
}
