import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { alertCases } from '../support/alert-cases.ts';
import { codeIn, tableBelow, wordIn } from '../support/markdown-tables.ts';
import { isPromtoolMissing, promtoolProblem } from '../support/promtool.ts';
import { projectRoot, textOf } from '../support/source-tree.ts';

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

const alertsPath = 'examples/monitoring/alerts.yml';
const alerts = textOf(alertsPath);
const dashboard = JSON.parse(textOf('examples/monitoring/dashboard.json')) as Dashboard;
const panels = dashboard.panels.filter(({ targets = [] }) => targets.length > 0);
const expressions = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));

/** Labels and type of each metric of docs/METRICS.md. */
const documented = new Map(
  textOf('docs/METRICS.md')
    .split('\n')
    .filter((line) => line.startsWith('## '))
    .flatMap((heading) => rowsBelow(heading))
    .map((row) => [
      wordIn(row['metric'] ?? ''),
      { type: row['type'] ?? '', labels: codeIn(row['labels'] ?? '') },
    ]),
);

/** Those that Prometheus adds, and those of histograms. */
const commonLabels = ['job', 'instance', 'le'];

describe.each([
  ['the alert rules', alerts],
  ['the dashboard', expressions.map(({ expr }) => expr).join('\n')],
])('%s', (_what, text) => {
  const used = [...text.matchAll(/\b((?:stagewire|process|nodejs)_[a-z0-9_]+)\b(?:\{([^}]*)\})?/g)].filter(
    ([name]) => name !== 'stagewire',
  );

  test('name only metrics of docs/METRICS.md, with labels that they have', () => {
    expect(used.length).toBeGreaterThan(15);
    for (const [, name = '', matchers = ''] of used) {
      const part = /^(.+)_(?:bucket|sum|count)$/.exec(name)?.[1];
      const metric = documented.get(name) ?? (part === undefined ? undefined : documented.get(part));
      expect([name, metric?.labels]).toEqual([name, expect.any(Array)]);
      if (!documented.has(name)) expect([name, metric?.type]).toEqual([name, 'histogram']);
      const labels = [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map((match) => match[1] ?? '');
      expect([
        name,
        labels.filter((label) => !commonLabels.includes(label) && !metric?.labels.includes(label)),
      ]).toEqual([name, []]);
    }
  });

  test('take rates of counters and of histograms only', () => {
    const rated = [...text.matchAll(/(?:rate|increase)\((\w+)/g)].map((match) => match[1] ?? '');
    const types = rated.map((name) => [
      name,
      (documented.get(name) ?? documented.get(name.replace(/_(?:bucket|sum|count)$/, '')))?.type,
    ]);
    expect(types.filter(([, type]) => type !== 'counter' && type !== 'histogram')).toEqual([]);
  });
});

test('each metric that a part of the server counts is on the dashboard', () => {
  const shown = expressions.map(({ expr }) => expr).join('\n');
  const left = [...documented.keys()].filter((name) => !shown.includes(name));
  expect(left).toEqual(['stagewire_build_info', 'process_start_time_seconds']);
});

test('OPERATIONS.md says of each alert what it means and what to do, in their order', () => {
  const rows = tableBelow(textOf('docs/OPERATIONS.md'), '## Monitoring');
  const names = [...alerts.matchAll(/- alert: (\w+)/g)].map((match) => match[1] ?? '');
  expect(names.length).toBeGreaterThan(10);
  expect(rows.map((row) => wordIn(row['alert'] ?? ''))).toEqual(names);
  for (const row of rows) expect((row['what to do'] ?? '').length).toBeGreaterThan(10);
});

describe.skipIf(isPromtoolMissing())('promtool', () => {
  test('accepts the alert rules', () => {
    expect(promtoolProblem(['check', 'rules', join(projectRoot, alertsPath)])).toBeUndefined();
  });

  test('each alert fires when it should, and is silent when not', () => {
    expect(alertCases.map(({ alert }) => alert)).toEqual(
      [...alerts.matchAll(/- alert: (\w+)/g)].map((match) => match[1]),
    );
    const folder = mkdtempSync(join(tmpdir(), 'stagewire-rules-'));
    try {
      const path = join(folder, 'tests.yml');
      // All at once: each is about metrics of its own, and a test for each would take half a minute.
      const tests = [ruleTest('fires', 1), ruleTest('silent', 0)];
      const rules = [join(projectRoot, alertsPath)];
      writeFileSync(path, JSON.stringify({ rule_files: rules, evaluation_interval: '1m', tests }));
      expect(promtoolProblem(['test', 'rules', path])).toBeUndefined();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('accepts every expression of the dashboard', () => {
    const folder = mkdtempSync(join(tmpdir(), 'stagewire-rules-'));
    try {
      const rules = expressions.map(({ expr }, index) => ({
        record: `panel:expression${index}`,
        expr: expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$(?:job|instance)/g, '.*'),
      }));
      const path = join(folder, 'rules.yml');
      // JSON is YAML.
      writeFileSync(path, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
      expect(promtoolProblem(['check', 'rules', path])).toBeUndefined();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** A test of promtool: whether each alert fires after 45 minutes. */
function ruleTest(series: 'fires' | 'silent', firing: 0 | 1) {
  return {
    name: series,
    interval: '1m',
    input_series: alertCases.flatMap((one) =>
      Object.entries(one[series]).map(([name, values]) => ({ series: name, values })),
    ),
    promql_expr_test: alertCases.map(({ alert }) => ({
      expr: `count(ALERTS{alertname="${alert}", alertstate="firing"})`,
      eval_time: '45m',
      exp_samples: firing === 0 ? [] : [{ labels: '{}', value: firing }],
    })),
  };
}

function rowsBelow(heading: string) {
  try {
    return tableBelow(textOf('docs/METRICS.md'), heading);
  } catch {
    // A section without a table.
    return [];
  }
}
