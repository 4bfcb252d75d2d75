import { escapeHtml } from '../escape-html.ts';
import { pageStyle, plotFigure } from '../report-page.ts';
import type { GrowthReport } from './curve.ts';
import { growthPlots, growthRows } from './growth-text.ts';

/** All reports as one page that needs nothing beside itself. */
export function growthPage(about: string, reports: readonly GrowthReport[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Stagewire: cost as the work grows</title>
<style>${pageStyle}</style>
<main>
<h1>Cost as the work grows</h1>
<p>${escapeHtml(about)}</p>
${reports.map(sectionOf).join('\n')}
</main>
</html>
`;
}

function sectionOf(report: GrowthReport): string {
  const [head = [], ...rows] = growthRows(report);
  const cells = (row: readonly string[], tag: string) =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('');
  return `<h2>${escapeHtml(report.grows)}</h2>
${report.notes.map((note) => `<p>${escapeHtml(note)}.</p>`).join('\n')}
<div class="wide" tabindex="0" role="region" aria-label="${escapeHtml(report.grows)}"><table>
<thead><tr>${cells(head, 'th')}</tr></thead>
<tbody>
${rows.map((row) => `<tr class="${row.at(-1) ?? ''}">${cells(row, 'td')}</tr>`).join('\n')}
</tbody>
</table></div>
<div class="plots">
${growthPlots(report).map(plotFigure).join('\n')}
</div>`;
}
