import { grouped } from '@stagewire/shared/units/count';
import { shownUrl } from '../../terminal/why-unreached.ts';
import { escapeMarkup } from '../escape-markup.ts';
import { counterTable, trendTable, type CounterName, type TrendName } from '../figures.ts';
import type { AddressReport, LoadReport } from '../load-report.ts';
import { mustBeZero } from '../must-be-zero.ts';
import {
  breakText,
  measuredText,
  milliseconds,
  paceText,
  subscribersText,
  successText,
  verdicts,
  verdictWord,
} from '../report-texts.ts';
import type { TrendSummary } from '../trend.ts';
import { plotsOf } from './plots-of.ts';
import { style } from './style.ts';
import { timePlotHtml } from './time-plot.ts';

/** The report as one page without scripts, which needs no other file and no network. */
export function htmlReport(report: LoadReport): string {
  const { addresses, measuredMs, settings, machine, startedAt, server, breaks } = report;
  const title = `Load test of ${addresses.map(({ url }) => shownUrl(url)).join(', ')}`;
  const isDefault = settings.scenario.length === 1 && settings.scenario[0]?.name === 'default';
  const scenario = settings.scenario.map(({ name, weight }) => `${name} (weight ${weight})`).join(', ');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeMarkup(title)}</title>
<style>${style}</style>
<main>
<h1>${escapeMarkup(title)}</h1>
${[
  `${startedAt}, ${(measuredMs / 1000).toFixed(1)} s measured, Stagewire ${server.version}`,
  `${capitalized(paceText(settings))}; ${subscribersText(settings)}; seed ${settings.seed}`,
  `Model ${settings.model}${isDefault ? '' : `; kinds of runs: ${scenario}`}`,
  `${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node}`,
]
  .map((line) => `<p class="quiet">${escapeMarkup(line)}</p>`)
  .join('\n')}
${verdictHtml(report)}
${thresholdsHtml(report)}
${breaks.length === 0 ? '' : `<h2>First violations</h2>\n${breaks.map((it) => `<p>${escapeMarkup(sentence(breakText(it, report)))}</p>`).join('\n')}`}
<h2>Over time</h2>
<div class="plots">
${plotsOf(report)
  .flatMap((plot) => timePlotHtml(plot) ?? [])
  .join('\n')}
</div>
<h2>Durations</h2>
${durationsHtml(report.trends)}
<h2>Counters</h2>
${countersHtml(report)}
${addresses.length === 1 ? '' : addresses.map(addressHtml).join('\n')}
</main>
</html>
`;
}

function sentence(text: string): string {
  return `${capitalized(text)}.`;
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function verdictHtml(report: LoadReport): string {
  const all = verdicts(report);
  if (all.length === 0) return `<div class="verdict"><p>${escapeMarkup(successText(report))}</p></div>`;
  return all
    .map(({ kind, text }) => `<div class="verdict ${kind}"><p>${escapeMarkup(text)}</p></div>`)
    .join('\n');
}

function thresholdsHtml({ thresholds }: LoadReport): string {
  if (thresholds.length === 0) return '';
  const rows = thresholds.map((result) => {
    const word = verdictWord(result);
    return `<tr><td>${escapeMarkup(result.threshold)}</td><td class="${word.replace(' ', '-')}">${word}</td><td>${escapeMarkup(measuredText(result))}</td></tr>`;
  });
  return `<h2>Thresholds</h2>\n${table(['threshold', 'verdict', 'measured'], rows, 'verdicts')}`;
}

const columns = ['min', 'avg', 'p50', 'p90', 'p95', 'p99', 'max'] as const;

function durationsHtml(trends: Readonly<Record<TrendName, TrendSummary>>): string {
  const names = (Object.keys(trendTable) as TrendName[]).filter((name) => trends[name].count > 0);
  const rows = names.map((name) => {
    const cells = columns.map((column) => {
      const value = trends[name][column];
      return `<td class="number">${value === null ? '–' : milliseconds(value)}</td>`;
    });
    return `<tr><td>${name}</td><td class="number">${grouped(trends[name].count)}</td>${cells.join('')}<td class="note">${escapeMarkup(trendTable[name])}</td></tr>`;
  });
  const head = ['metric (ms)', '#count', ...columns.map((column) => `#${column}`), 'from → to'];
  return `${table(head, rows, 'durations')}
<p class="quiet">A percentile of too few samples is “–”: p99 needs 100, p95 20.</p>`;
}

function countersHtml({ counters, errors, errorMessages, rejections }: LoadReport): string {
  const zeros: readonly CounterName[] = mustBeZero;
  const rows = (Object.keys(counterTable) as CounterName[])
    .filter((name) => counters[name] > 0 || zeros.includes(name))
    .map((name) => {
      const bad = zeros.includes(name) && counters[name] > 0 ? ' missed' : '';
      return `<tr><td>${name}</td><td class="number${bad}">${grouped(counters[name])}</td><td class="note">${escapeMarkup(counterTable[name])}</td></tr>`;
    });
  const codeRow = (code: string, count: number, note: string) =>
    `<tr><td>${escapeMarkup(code)}</td><td class="number">${grouped(count)}</td><td class="note">${escapeMarkup(note)}</td></tr>`;
  const codes = [
    ...Object.entries(errors).map(([code, count]) =>
      codeRow(
        code,
        count,
        `errors with this code${errorMessages[code] === undefined ? '' : `, the first: ${errorMessages[code]}`}`,
      ),
    ),
    ...Object.entries(rejections).map(([code, count]) =>
      codeRow(code, count, 'commands rejected with this code'),
    ),
  ];
  return table(['counter', '#value', ''], [...rows, ...codes], 'counters');
}

function addressHtml({ url, trends }: AddressReport): string {
  return `<h2>${escapeMarkup(shownUrl(url))}</h2>\n${durationsHtml(trends)}`;
}

/** @param head a name that begins with `#` is of a column of numbers. */
function table(head: readonly string[], rows: readonly string[], kind: string): string {
  const cells = head.map((name) =>
    name.startsWith('#') ? `<th class="number">${name.slice(1)}</th>` : `<th>${escapeMarkup(name)}</th>`,
  );
  return `<div class="wide ${kind}"><table>
<thead><tr>${cells.join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>`;
}
