import type { Plot } from '../figure.ts';
import { numberText } from '../plot-scale.ts';
import { judge, type Curve, type GrowthReport } from './curve.ts';

/** The rows of a report's table, the header first: the amounts, and one row for each curve. */
export function growthRows({ grows, curves }: GrowthReport): readonly (readonly string[])[] {
  const amounts = amountsOf(curves);
  return [
    [grows, ...amounts.map(numberText), 'exponent', 'at the end', 'residual', 'limit', ''],
    ...curves.map(judge).map(({ what, unit, costOf, points, fit, end, verdict }) => {
      const costs = new Map(points);
      return [
        what,
        ...amounts.map((amount) => costText(costs.get(amount), unit)),
        fit.exponent.toFixed(2),
        end.exponent.toFixed(2),
        `${(fit.residual * 100).toFixed(0)} %`,
        costOf === 'all' ? '1.1' : '0.1',
        verdict,
      ];
    }),
  ];
}

/** For a terminal. */
export function growthText(report: GrowthReport): string {
  const rows = growthRows(report);
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** For the document, in the format of prettier. */
export function growthMarkdown(report: GrowthReport): string {
  const [head = [], ...rows] = growthRows(report);
  const all = [head, head.map(() => '---'), ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) => {
    const cells = row.map((cell, column) =>
      cell === '---' ? '-'.repeat(widths[column] ?? 3) : cell.padEnd(widths[column] ?? 0),
    );
    return `| ${cells.join(' | ')} |`;
  });
  const notes = report.notes.map((note) => `${capital(note)}.`).join(' ');
  return `**${capital(report.grows)}.** ${notes}\n\n${lines.join('\n')}`;
}

/** With more curves a legend does not fit. */
const mostLines = 4;

/** For each unit, on logarithmic scales: a straight line is a power. */
export function growthPlots({ grows, curves }: GrowthReport): readonly Plot[] {
  const units = [...new Set(curves.map(({ unit }) => unit))];
  return units.flatMap((unit) => {
    const lines = curves
      .filter((curve) => curve.unit === unit)
      .map(({ what, points }) => ({ name: what, points }));
    const parts = Array.from({ length: Math.ceil(lines.length / mostLines) }, (_, part) =>
      lines.slice(part * mostLines, (part + 1) * mostLines),
    );
    return parts.map((part, index): Plot => ({
      title: `Cost against ${grows}, ${unit}${parts.length === 1 ? '' : `, part ${index + 1}`}`,
      x: grows,
      y: unit,
      logX: true,
      yScale: 'log',
      lines: part,
    }));
  });
}

function amountsOf(curves: readonly Curve[]): readonly number[] {
  const amounts = new Set(curves.flatMap(({ points }) => points.map(([amount]) => amount)));
  return [...amounts].toSorted((one, other) => one - other);
}

function costText(cost: number | undefined, unit: string): string {
  return cost === undefined ? '' : `${numberText(cost)} ${unit}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
