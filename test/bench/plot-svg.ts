import { escapeHtml } from './escape-html.ts';
import type { Plot } from './figure.ts';
import { createScale, numberText, type Scale } from './plot-scale.ts';

const width = 640;
const height = 360;
const frame = { left: 64, right: 616, top: 44, bottom: 304 };
/** With more points than this a line is a curve, and its points are not worth a dot. */
const mostDots = 12;

type Point = readonly [number, number];
type Line = Plot['lines'][number];

/** A plot as SVG, its colours left to the page; `undefined` if there is nothing to show. */
export function asSvg(plot: Plot): string | undefined {
  const lines = plot.lines.map((line) => ({
    ...line,
    points: line.points.filter(
      ([x, y]) => canBePlaced(x, plot.logX === true) && canBePlaced(y, plot.yScale === 'log'),
    ),
  }));
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) return undefined;
  const xs = points.map(([x]) => x);
  const areChosen = new Set(xs).size <= mostDots;
  const x = createScale(plot.logX === true ? 'log' : 'linear', xs, areChosen);
  const y = createScale(
    plot.yScale ?? 'linear',
    points.map(([, value]) => value),
  );
  const at = {
    x: (value: number) => frame.left + x.place(value) * (frame.right - frame.left),
    y: (value: number) => frame.bottom - y.place(value) * (frame.bottom - frame.top),
  };
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(plot.title)}">
${[...gridOf(x, y, at), ...legendOf(lines), ...lines.map((line, index) => lineOf(line, index, at))].join('\n')}
<text class="axis" x="${(frame.left + frame.right) / 2}" y="${height - 12}" text-anchor="middle">${escapeHtml(plot.x)}</text>
<text class="axis" transform="translate(16 ${(frame.top + frame.bottom) / 2}) rotate(-90)" text-anchor="middle">${escapeHtml(plot.y)}</text>
</svg>`;
}

function canBePlaced(value: number, isLog: boolean): boolean {
  return Number.isFinite(value) && (!isLog || value > 0);
}

type At = Readonly<Record<'x' | 'y', (value: number) => number>>;

function gridOf(x: Scale, y: Scale, at: At): readonly string[] {
  const across = y.ticks.map(({ value, label }) => {
    const place = at.y(value).toFixed(1);
    return `<line class="grid" x1="${frame.left}" x2="${frame.right}" y1="${place}" y2="${place}"/><text x="${frame.left - 8}" y="${place}" dy="4" text-anchor="end">${label}</text>`;
  });
  const up = x.ticks.map(({ value, label }) => {
    const place = at.x(value).toFixed(1);
    return `<line class="grid" x1="${place}" x2="${place}" y1="${frame.top}" y2="${frame.bottom}"/><text x="${place}" y="${frame.bottom + 18}" text-anchor="middle">${label}</text>`;
  });
  return [...across, ...up];
}

function legendOf(lines: readonly Line[]): readonly string[] {
  // By a generous guess at the width of a letter; the page has no script that could measure it.
  const widths = lines.map(({ name }) => 56 + name.length * 6.2);
  const isWide = widths.reduce((sum, one) => sum + one, 0) > frame.right - frame.left;
  const perRow = isWide ? Math.ceil(lines.length / 2) : lines.length;
  return lines.map(({ name, points }, index) => {
    const rowStart = index - (index % perRow);
    const left = frame.left + widths.slice(rowStart, index).reduce((sum, one) => sum + one, 0);
    const top = isWide ? (rowStart === 0 ? 12 : 30) : 20;
    const dot = isCurve(points) ? '' : dotAt(left + 14, top, index);
    return `${openLine(points, index)}<path class="stroke" d="M${left} ${top}h28"/>${dot}</g><text x="${left + 36}" y="${top + 4}">${escapeHtml(name)}</text>`;
  });
}

function lineOf({ name, points }: Line, index: number, at: At): string {
  const path = points.map(([x, y]) => `${at.x(x).toFixed(1)} ${at.y(y).toFixed(1)}`).join('L');
  const dots = isCurve(points) ? [] : points.map((point) => namedDot(name, point));
  return `${openLine(points, index)}<path class="stroke" d="M${path}"/>${dots.join('')}</g>`;

  function namedDot(line: string, [x, y]: Point): string {
    const title = escapeHtml(`${line}: ${numberText(x)}, ${numberText(y)}`);
    return `<g><title>${title}</title>${dotAt(at.x(x), at.y(y), index)}</g>`;
  }
}

function isCurve(points: readonly Point[]): boolean {
  return points.length > mostDots;
}

/** Curves have no dots to tell them apart by, but dashes. */
function openLine(points: readonly Point[], index: number): string {
  return `<g class="line-${index}${isCurve(points) ? ' curve' : ''}">`;
}

/** A shape per line: colours alone do not tell everybody which is which. */
function dotAt(x: number, y: number, index: number): string {
  const [left, top] = [x.toFixed(1), y.toFixed(1)];
  switch (index % 3) {
    case 0:
      return `<circle class="dot" cx="${left}" cy="${top}" r="4"/>`;
    case 1:
      return `<rect class="dot" x="${(x - 3.75).toFixed(1)}" y="${(y - 3.75).toFixed(1)}" width="7.5" height="7.5"/>`;
    default:
      return `<path class="dot" d="M${left} ${(y - 5).toFixed(1)}l5 8.5h-10z"/>`;
  }
}
