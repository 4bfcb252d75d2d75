import { grouped } from '@stagewire/shared/units/count';
import { shownUrl } from '../terminal/why-unreached.ts';
import { counterTable, trendTable, type CounterName, type TrendName } from './figures.ts';
import type { LoadReport } from './load-report.ts';
import { mustBeZero } from './must-be-zero.ts';
import {
  breakText,
  measuredText,
  milliseconds,
  paceText,
  subscribersText,
  successText,
  verdicts,
  verdictWord,
} from './report-texts.ts';

const columns = ['p50', 'p95', 'p99', 'max'] as const;
const marks = { met: '✅ met', missed: '❌ missed', 'not judged': '⚠️ not judged' } as const;

/** The report as Markdown, for the summary of a CI job. */
export function markdownReport(report: LoadReport): string {
  const { thresholds, breaks, settings, trends, counters, measuredMs, addresses } = report;
  const problems = verdicts(report);
  const names = (Object.keys(trendTable) as TrendName[]).filter((name) => trends[name].count > 0);
  const zeros: readonly CounterName[] = mustBeZero;
  const shownCounters = (Object.keys(counterTable) as CounterName[]).filter(
    (name) => counters[name] > 0 || zeros.includes(name),
  );
  return [
    `### Load test: ${(measuredMs / 1000).toFixed(1)} s measured`,
    '',
    `${addresses.map(({ url }) => code(shownUrl(url))).join(', ')}: ${plain(paceText(settings))}, ${subscribersText(settings)}, seed ${settings.seed}`,
    '',
    ...(problems.length === 0
      ? [`**${successText(report)}**`]
      : problems.map(({ text }) => `- ${plain(text)}`)),
    '',
    ...(thresholds.length === 0
      ? []
      : [
          ...table(
            ['threshold', 'measured', ''],
            thresholds.map((result) => [
              code(result.threshold),
              measuredText(result),
              marks[verdictWord(result)],
            ]),
          ),
          '',
        ]),
    ...(breaks.length === 0
      ? []
      : [...breaks.map((it) => `- First violated ${plain(breakText(it, report))}`), '']),
    ...table(
      ['ms', 'count', ...columns],
      names.map((name) => [
        code(name),
        grouped(trends[name].count),
        ...columns.map((column) => {
          const value = trends[name][column];
          return value === null ? '–' : milliseconds(value);
        }),
      ]),
    ),
    '',
    `<details><summary>Counters</summary>`,
    '',
    ...table(
      ['counter', 'value'],
      shownCounters.map((name) => [code(name), grouped(counters[name])]),
    ),
    '',
    '</details>',
    '',
    '',
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = head.map((_, index) => (index === 0 ? '---' : '--:'));
  return [line(head), line(rule), ...rows.map(line)];
}

function code(text: string): string {
  return `\`${text.replaceAll('`', '').replaceAll(/\s+/g, ' ')}\``;
}

/** Text without Markdown or HTML of its own. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|]/g, (char) => `\\${char}`).replaceAll(/\s+/g, ' ');
}
