import { escapeHtml } from './escape-html.ts';
import type { Plot } from './figure.ts';
import { asSvg } from './plot-svg.ts';
import { plotStyle } from './plot-style.ts';
import { aboutOf, rowsOf, type Report } from './report.ts';

/** The report as one page that needs nothing beside itself. */
export function asPage(report: Report): string {
  const [head = [], ...rows] = rowsOf(report);
  const cells = (row: readonly string[], tag: string) =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('');
  const notes = report.figures.flatMap(({ id, notes = [] }) => notes.map((note) => `${id}: ${note}.`));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Stagewire benchmarks</title>
<style>${pageStyle}</style>
<main>
<h1>Stagewire benchmarks</h1>
${aboutOf(report)
  .map((line) => `<p>${escapeHtml(line)}</p>`)
  .join('\n')}
<div class="wide" tabindex="0" role="region" aria-label="Figures"><table>
<thead><tr>${cells(head, 'th')}</tr></thead>
<tbody>
${rows.map((row) => `<tr${verdictClass(row.at(-1))}>${cells(row, 'td')}</tr>`).join('\n')}
</tbody>
</table></div>
<p>Medians of the rounds, in brackets the smallest and the largest. What is compared is compared round by round.</p>
<div class="plots">
${report.plots.map(plotFigure).join('\n')}
</div>
${notes.length === 0 ? '' : `<h2>Notes</h2>\n<ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('\n')}</ul>`}
</main>
</html>
`;
}

function verdictClass(verdict: string | undefined): string {
  return verdict === 'met' || verdict === 'missed' ? ` class="${verdict}"` : '';
}

/** A plot with its title; empty if it has nothing to show. */
export function plotFigure(plot: Plot): string {
  const svg = asSvg(plot);
  return svg === undefined
    ? ''
    : `<figure><figcaption>${escapeHtml(plot.title)}</figcaption>\n${svg}</figure>`;
}

export const pageStyle = `
${plotStyle}  body { font: 15px/1.5 system-ui, sans-serif; margin: 0; color: var(--text); background: var(--ground); }
  main { max-width: 86rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
  p, li { color: var(--quiet); margin: 0.25rem 0; max-width: 75rem; }
  .wide { overflow-x: auto; margin: 1.5rem 0 0.75rem; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; }
  th, td { text-align: left; padding: 0.3rem 1rem 0.3rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
  th { color: var(--quiet); font-weight: 600; }
  td:first-child, td:nth-child(n + 3) { white-space: nowrap; }
  td:nth-child(2) { min-width: 18rem; }
  .met td:last-child { font-weight: 600; color: var(--good); }
  .missed td:last-child { font-weight: 600; color: var(--bad); }
  .plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 34rem), 1fr)); gap: 2rem 1.5rem; margin-top: 2.5rem; }
  figure { margin: 0; overflow-x: auto; }
  figcaption { font-weight: 600; margin-bottom: 0.25rem; }
  svg { display: block; width: 100%; min-width: 32rem; max-width: 46rem; height: auto; }
`;
