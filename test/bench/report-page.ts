import type { Plot } from './figure.ts';
import { aboutOf, rowsOf, type Report } from './report.ts';

const width = 640;
const height = 320;
const margin = { left: 70, right: 20, top: 20, bottom: 50 };
const colours = ['#1b6ca8', '#b5541c', '#3f7d3a', '#7a4a9c'];

/** The report as one page that needs nothing beside itself. */
export function asPage(report: Report): string {
  const [head = [], ...rows] = rowsOf(report);
  const cells = (row: readonly string[], tag: string) =>
    row.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join('');
  const notes = report.figures.flatMap(({ id, notes = [] }) => notes.map((note) => `${id}: ${note}.`));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Stagewire benchmarks</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
  th, td { text-align: left; padding: 0.25rem 0.75rem 0.25rem 0; border-bottom: 1px solid #ddd; vertical-align: top; }
  td:last-child { font-weight: 600; }
  figure { display: inline-block; margin: 1.5rem 1.5rem 0 0; }
  svg { max-width: 100%; height: auto; }
  svg text { font: 12px system-ui, sans-serif; fill: #444; }
</style>
<h1>Stagewire benchmarks</h1>
${aboutOf(report)
  .map((line) => `<p>${escape(line)}</p>`)
  .join('\n')}
<table>
<tr>${cells(head, 'th')}</tr>
${rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n')}
</table>
<p>Medians of the rounds, in brackets the smallest and the largest. What is compared is compared round by round.</p>
<ul>${notes.map((note) => `<li>${escape(note)}</li>`).join('')}</ul>
${report.plots.map(asSvg).join('\n')}
</html>
`;
}

function asSvg(plot: Plot): string {
  const points = plot.lines.flatMap((line) => line.points);
  const place = (value: number) => (plot.logX === true ? Math.log10(value) : value);
  const xs = points.map(([x]) => place(x));
  const [minX, maxX] = [Math.min(...xs), Math.max(...xs)];
  const maxY = Math.max(...points.map(([, y]) => y), 0);
  const toX = (x: number) =>
    margin.left + ((place(x) - minX) / (maxX - minX || 1)) * (width - margin.left - margin.right);
  const toY = (y: number) =>
    height - margin.bottom - (y / (maxY || 1)) * (height - margin.top - margin.bottom);
  const lines = plot.lines.map(({ name, points: own }, index) => {
    const colour = colours[index % colours.length] ?? '#000';
    const path = own.map(([x, y]) => `${toX(x).toFixed(1)},${toY(y).toFixed(1)}`).join(' ');
    const dots = own.map(
      ([x, y]) => `<circle cx="${toX(x).toFixed(1)}" cy="${toY(y).toFixed(1)}" r="3" fill="${colour}"/>`,
    );
    const label = `<text x="${width - margin.right}" y="${margin.top + 14 + index * 16}" text-anchor="end" style="fill:${colour}">${escape(name)}</text>`;
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}${label}`;
  });
  const yTicks = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const y = toY(part * maxY);
    const grid = `<line x1="${margin.left}" x2="${width - margin.right}" y1="${y}" y2="${y}" stroke="#ddd"/>`;
    return `${grid}<text x="${margin.left - 8}" y="${y + 4}" text-anchor="end">${tick(part * maxY)}</text>`;
  });
  const xTicks = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const at = minX + part * (maxX - minX);
    const value = plot.logX === true ? 10 ** at : at;
    return `<text x="${toX(value).toFixed(1)}" y="${height - margin.bottom + 18}" text-anchor="middle">${tick(value)}</text>`;
  });
  return `<figure><figcaption><strong>${escape(plot.title)}</strong></figcaption>
<svg viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="${escape(plot.title)}">
${[...yTicks, ...xTicks, ...lines].join('\n')}
<text x="${width / 2}" y="${height - 8}" text-anchor="middle">${escape(plot.x)}</text>
<text transform="translate(14 ${height / 2}) rotate(-90)" text-anchor="middle">${escape(plot.y)}</text>
</svg></figure>`;
}

function tick(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
