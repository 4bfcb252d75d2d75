import { escapeMarkup } from '../escape-markup.ts';
import { createLinearAxis, createLogAxis, numberText, type Axis } from './axis.ts';

/** Values over time. */
export interface TimePlot {
  readonly title: string;
  /** What the values are, e.g. `ms`. */
  readonly unit: string;
  readonly scale: 'linear' | 'log';
  /** At most five. */
  readonly lines: readonly TimeLine[];
  /** Vertical lines with a label. */
  readonly marks: readonly { readonly atSeconds: number; readonly label: string }[];
}

export interface TimeLine {
  readonly name: string;
  /** `null` interrupts the line. */
  readonly points: readonly { readonly seconds: number; readonly value: number | null }[];
}

const width = 640;
const height = 260;
const frame = { left: 60, right: 628, top: 12, bottom: 216 };
/** More points than pixels are of no use, and make the page large. */
const maxPoints = 500;

type Point = readonly [seconds: number, value: number];

/** The plot as a figure of HTML with SVG; `undefined` if there are no values. Colours are left to the page. */
export function timePlotHtml(plot: TimePlot): string | undefined {
  const lines = plot.lines
    .map((line) => ({ ...line, points: thinned(line, plot.scale) }))
    .filter(({ points }) => points.some(({ value }) => value !== null));
  const values = lines.flatMap(({ points }) => points.flatMap(({ value }) => value ?? []));
  if (values.length === 0) return undefined;
  const seconds = plot.lines.flatMap(({ points }) => points.map((point) => point.seconds));
  const x = createLinearAxis(Math.max(...bounds(seconds), 1));
  const [least, most] = bounds(values);
  const y = plot.scale === 'log' ? createLogAxis(least, most) : createLinearAxis(most);
  const at: At = {
    x: (value) => frame.left + x.place(value) * (frame.right - frame.left),
    y: (value) => frame.bottom - y.place(value) * (frame.bottom - frame.top),
  };
  const label = `${plot.title}, in ${plot.unit}, over time: ${lines.map(lineSummary).join('; ')}`;
  return `<figure><figcaption>${escapeMarkup(plot.title)} <span>${escapeMarkup(plot.unit)}</span></figcaption>
<div class="legend">${lines.map(({ name }, index) => legendOf(name, index)).join('')}</div>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeMarkup(label)}">
${[...gridOf(x, y, at), ...plot.marks.map((mark) => markOf(mark, at)), ...lines.map(({ points }, index) => lineOf(points, index, at)), ...hoverOf(lines, at)].join('\n')}
<text x="${(frame.left + frame.right) / 2}" y="${height - 6}" text-anchor="middle">seconds since the measurement began</text>
</svg></figure>`;
}

function bounds(values: readonly number[]): [number, number] {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return [least, most];
}

/** At most `maxPoints`: of several, the largest, so that no peak is hidden. Values that have no place are left out. */
function thinned({ points }: TimeLine, scale: TimePlot['scale']): TimeLine['points'] {
  const placed = points.map(({ seconds, value }) => ({
    seconds,
    value: value !== null && Number.isFinite(value) && (scale === 'linear' || value > 0) ? value : null,
  }));
  const per = Math.ceil(placed.length / maxPoints);
  if (per <= 1) return placed;
  return Array.from({ length: Math.ceil(placed.length / per) }, (_, index) => {
    const group = placed.slice(index * per, (index + 1) * per);
    const most = Math.max(...group.map(({ value }) => value ?? -Infinity));
    return { seconds: group.at(-1)?.seconds ?? 0, value: Number.isFinite(most) ? most : null };
  });
}

function lineSummary({ name, points }: TimeLine): string {
  const values = points.flatMap(({ value }) => value ?? []);
  if (values.length === 0) return `${name}: no values`;
  const [least, most] = bounds(values);
  return `${name}: ${numberText(least)} to ${numberText(most)}`;
}

type At = Readonly<Record<'x' | 'y', (value: number) => number>>;

const px = (value: number) => value.toFixed(1);

function gridOf(x: Axis, y: Axis, at: At): readonly string[] {
  const across = y.ticks.map(({ value, label }) => {
    const place = px(at.y(value));
    return `<line class="grid" x1="${frame.left}" x2="${frame.right}" y1="${place}" y2="${place}"/><text x="${frame.left - 8}" y="${place}" dy="4" text-anchor="end">${label}</text>`;
  });
  const up = x.ticks.map(
    ({ value, label }) =>
      `<text x="${px(at.x(value))}" y="${frame.bottom + 18}" text-anchor="middle">${label}</text>`,
  );
  return [...across, ...up];
}

function markOf({ atSeconds, label }: TimePlot['marks'][number], at: At): string {
  const place = px(at.x(atSeconds));
  return `<g class="mark"><title>${escapeMarkup(label)}</title><line x1="${place}" x2="${place}" y1="${frame.top}" y2="${frame.bottom}"/></g>`;
}

function legendOf(name: string, index: number): string {
  return `<span class="line-${index}"><svg viewBox="0 0 28 8" width="28" height="8" aria-hidden="true"><path d="M0 4h28"/></svg>${escapeMarkup(name)}</span>`;
}

/** A path with a gap where there is no value; a value between two gaps is a dot. */
function lineOf(points: TimeLine['points'], index: number, at: At): string {
  const runs: Point[][] = [[]];
  for (const { seconds, value } of points) {
    if (value === null) runs.push([]);
    else runs.at(-1)?.push([seconds, value]);
  }
  const place = ([seconds, value]: Point) => `${px(at.x(seconds))} ${px(at.y(value))}`;
  const path = runs
    .filter((run) => run.length > 1)
    .map((run) => `M${run.map(place).join('L')}`)
    .join('');
  const dots = runs
    .filter((run) => run.length === 1)
    .flat()
    .map(([seconds, value]) => `<circle cx="${px(at.x(seconds))}" cy="${px(at.y(value))}" r="2.5"/>`);
  return `<g class="line-${index}">${path === '' ? '' : `<path d="${path}"/>`}${dots.join('')}</g>`;
}

/** Invisible columns whose titles show the values. */
function hoverOf(lines: readonly TimeLine[], at: At): readonly string[] {
  const [first] = lines;
  if (first === undefined) return [];
  return first.points.map(({ seconds }, index) => {
    const before = first.points[index - 1]?.seconds ?? 0;
    const rows = lines.flatMap(({ name, points }) => {
      const value = points[index]?.value ?? null;
      return value === null ? [] : [`${name}: ${numberText(value)}`];
    });
    const title = escapeMarkup([`${numberText(seconds)} s`, ...rows].join('\n'));
    const left = at.x(before);
    return `<rect class="hover" x="${px(left)}" y="${frame.top}" width="${px(Math.max(1, at.x(seconds) - left))}" height="${frame.bottom - frame.top}"><title>${title}</title></rect>`;
  });
}
