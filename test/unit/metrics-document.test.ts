import { describe, expect, test } from 'vitest';
import { allMetrics } from '../../server/metrics/all-metrics.ts';
import type { Metric } from '../../server/metrics/metric.ts';
import { createInstruments } from '../../server/runtime/instruments.ts';
import { tableBelow, type TableRow } from '../support/markdown-tables.ts';
import { textOf } from '../support/source-tree.ts';

const metrics: readonly Metric[] = allMetrics({
  instruments: createInstruments(),
  ...unread(['stats', 'traceStats', 'account', 'loopDelay', 'connectionCount']),
  version: 'test',
  shared: unread(['flushStats', 'notificationStats', 'nodeStatus']),
} as unknown as Parameters<typeof allMetrics>[0]);

const document = textOf('docs/METRICS.md');
const headings = document.split('\n').filter((line) => line.startsWith('## '));
const rows: readonly TableRow[] = headings.flatMap((heading) => {
  try {
    return tableBelow(document, heading);
  } catch {
    // A section without a table.
    return [];
  }
});

describe('docs/METRICS.md', () => {
  test('has a row for each metric, in the order of the page, and no other', () => {
    expect(rows.map((row) => row['metric'])).toEqual(metrics.map(({ name }) => `\`${name}\``));
  });

  test.each(metrics)('$name: type, labels, unit and meaning are those of the code', (metric) => {
    const row = rows.find((one) => one['metric'] === `\`${metric.name}\``);
    expect(row).toMatchObject({
      type: metric.type,
      labels: metric.labels.map((label) => `\`${label}\``).join(', ') || '–',
      unit: unitOf(metric.name),
      meaning: metric.help,
    });
  });
});

describe('names', () => {
  test.each(metrics)('$name follows the conventions of Prometheus', ({ name, type, labels, help }) => {
    expect(name).toMatch(/^(?:stagewire|process|nodejs)_[a-z0-9]+(?:_[a-z0-9]+)*$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    expect(help).toMatch(/^[A-Z0-9].*\.$/);
    for (const label of labels) expect(label).toMatch(/^[a-z]+$/);
    expect(labels).not.toContain('le');
    expect(labels).not.toContain('quantile');
  });

  test('none is there twice', () => {
    expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
  });
});

function unitOf(name: string): string {
  const units = {
    seconds: 'seconds',
    bytes: 'bytes',
    ratio: '0 to 1',
    positions: 'events',
    events: 'events',
  };
  const suffix = /_(seconds|bytes|ratio|positions|events)(?:_total)?$/.exec(name)?.[1];
  return suffix === undefined ? '–' : units[suffix as keyof typeof units];
}

/** Sources that nothing reads before metrics are requested. */
function unread(names: readonly string[]): Readonly<Record<string, unknown>> {
  const fail = () => {
    throw new Error('this is read only with the page');
  };
  return Object.fromEntries(names.map((name) => [name, fail]));
}
