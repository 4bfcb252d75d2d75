import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { counterTable, createFigures, trendTable } from '../../cli/load/figures.ts';
import { createLoadReport, type LoadReportParts } from '../../cli/load/load-report.ts';
import { loadDefaults, readLoadSettings } from '../../cli/load/load-settings.ts';
import { exitCodeOfReport } from '../../cli/load/load-exit-code.ts';
import { htmlReport } from '../../cli/load/html/html-report.ts';
import { junitReport } from '../../cli/load/junit-report.ts';
import { markdownReport } from '../../cli/load/markdown-report.ts';
import { reportLines } from '../../cli/load/render-load.ts';

const generator = { cpuPercent: 95, loopUtilization: 0.5, loopDelayP99Ms: 1, rssBytes: 1 };

const info = { version: '1.2.3', protocolVersion: 1 } as LoadReportParts['addresses'][number]['info'];

function parts(more: Partial<LoadReportParts> = {}): LoadReportParts {
  const figures = createFigures();
  figures.count('runs_started', 4);
  return {
    startedAt: '2026-01-01T00:00:00.000Z',
    measuredMs: 1000,
    addresses: [{ url: 'http://127.0.0.1:4600', info, figures }],
    machine: { cpu: 'a CPU', cores: 2, memoryBytes: 1, platform: 'linux x64', node: '24' },
    settings: readLoadSettings(['http://127.0.0.1:4600'], {
      ...loadDefaults,
      steer: 0,
      continue: 0,
      redirect: 0,
      cancel: 0,
      drop: 0,
      slow: 0,
      dropEvery: 1,
      slowRate: 1,
      warmup: 0,
      drain: 0,
    }),
    interrupted: false,
    figures,
    thresholds: [],
    namedByThresholds: new Set(),
    breaks: [],
    stoppedAtBreak: false,
    isServerGone: false,
    series: [],
    usage: { generator, server: null },
    ...more,
  };
}

function lastLines(report: ReturnType<typeof createLoadReport>): string {
  return (
    reportLines(report, (_style, text) => text)
      .join('\n')
      .split('\n\n')
      .at(-1) ?? ''
  );
}

describe('a report', () => {
  test('of a generator that kept up is valid, and says that nothing was lost', () => {
    const report = createLoadReport(parts());
    expect(report).toMatchObject({ valid: true, invalidBecause: [], broken: [] });
    expect(lastLines(report)).toBe('No event lost or duplicated.');
  });

  test.each([
    [95, 'use fewer runs or subscribers'],
    [12, 'reduce the load of other processes'],
  ])('of a saturated generator with %d %% of a core is not valid: %s', (cpuPercent, advice) => {
    const busy = { ...generator, cpuPercent, loopUtilization: 0.95 };
    const report = createLoadReport(parts({ usage: { generator: busy, server: null } }));
    expect(report.valid).toBe(false);
    expect(lastLines(report)).toContain(`busy 95 % of the time, with ${cpuPercent} % of a core; ${advice}`);
  });

  test('of no run at all is not valid', () => {
    expect(createLoadReport(parts({ figures: createFigures() })).invalidBecause).toEqual([
      'no run was started during the measurement; use a longer --duration or a lower --concurrency',
    ]);
  });

  test('names what must be 0 and is not, those aside that a threshold judges', () => {
    const { figures } = parts();
    figures.count('lost', 2);
    figures.error('OVERLOADED');
    expect(createLoadReport(parts({ figures })).broken).toEqual(['lost', 'errors']);
    const judged = createLoadReport(parts({ figures, namedByThresholds: new Set(['errors']) }));
    expect(judged).toMatchObject({ broken: ['lost'], errors: { OVERLOADED: 1 } });
    expect(lastLines(judged)).toBe('Must be 0, but is not: lost 2.');
  });

  test('that was ended by hand has unfinished runs as a matter of course', () => {
    const { figures } = parts();
    figures.count('runs_unfinished', 3);
    expect(createLoadReport(parts({ figures })).broken).toEqual(['runs_unfinished']);
    const interrupted = createLoadReport(parts({ figures, interrupted: true }));
    expect(interrupted.broken).toEqual([]);
    expect(lastLines(interrupted)).toBe('Ended early; the report covers the time until then.');
  });

  test('says of each threshold what was seen', () => {
    const thresholds = [
      { threshold: 'lost:count==0', value: 1234, unit: 'count', met: false, samples: 1234, samplesNeeded: 0 },
      {
        threshold: 'token_gap:p99<1ms',
        value: 2.5,
        unit: 'ms',
        met: false,
        samples: 500,
        samplesNeeded: 100,
      },
      { threshold: 'resume:max<1s', value: null, unit: 'ms', met: false, samples: 0, samplesNeeded: 1 },
      { threshold: 'resume:p99<1s', value: 3, unit: 'ms', met: null, samples: 6, samplesNeeded: 100 },
    ] as const;
    const text = reportLines(createLoadReport(parts({ thresholds })), (_style, line) => line).join('\n');
    expect(text).toContain('missed      lost:count==0  (1,234)');
    expect(text).toContain('missed      token_gap:p99<1ms  (2.50 ms)');
    expect(text).toContain('missed      resume:max<1s  (no measurements)');
    expect(text).toContain('not judged  resume:p99<1s  (not enough samples: 6, needs 100)');
    expect(text).toContain('3 of 4 thresholds were not met.');
    expect(text).toContain('1 of 4 thresholds was not judged');
  });
});

const result = (met: boolean | null, unit: 'ms' | 'count' = 'ms') => ({
  threshold: `token_gap:p99<1ms & "${met}"`,
  value: 1,
  unit,
  met,
  samples: 6,
  samplesNeeded: 100,
});
const busy = { generator: { ...generator, loopUtilization: 0.95 }, server: null };

describe('the exit code', () => {
  test.each([
    ['all met', { thresholds: [result(true)] }, 0],
    ['one missed', { thresholds: [result(true), result(false)] }, 99],
    ['one not judged', { thresholds: [result(true), result(null)] }, 1],
    ['one missed and one not judged', { thresholds: [result(null), result(false)] }, 99],
    ['a duration missed by a saturated generator', { thresholds: [result(false)], usage: busy }, 1],
    [
      'a counter missed, with a saturated generator',
      { thresholds: [result(false, 'count')], usage: busy },
      99,
    ],
  ])('%s', (_name, more, code) => {
    expect(exitCodeOfReport(createLoadReport(parts(more)))).toBe(code);
  });
});

describe('a report of failures', () => {
  const text = (more: Partial<LoadReportParts>) =>
    reportLines(createLoadReport(parts(more)), (_style, line) => line).join('\n');

  test('has the first message of each code of an error', () => {
    const { figures } = parts();
    figures.error('INVALID_INPUT', new Error('models.default: "rehearsal/x=1" has no option x'));
    figures.error('INVALID_INPUT', new Error('another'));
    figures.error('OVERLOADED');
    const said = text({ figures });
    expect(said).toContain(
      '  INVALID_INPUT: 2, the first: models.default: "rehearsal/x=1" has no option x\n',
    );
    expect(said).toContain('  OVERLOADED: 1\n');
    const page = htmlReport(createLoadReport(parts({ figures })));
    expect(page).toContain('errors with this code, the first: models.default');
  });

  test('says that the server does not respond any more, and is not valid', () => {
    const report = createLoadReport(parts({ isServerGone: true }));
    expect(report.valid).toBe(false);
    expect(exitCodeOfReport(report)).toBe(1);
    expect(lastLines(report)).toContain('the server does not respond any more');
  });

  test('of no duration has no empty table, and gives no advice that Ctrl-C or an error makes wrong', () => {
    const none = createFigures();
    expect(text({ figures: none })).toContain('\nNo durations were measured.\n');
    expect(text({ figures: none })).toContain('use a longer --duration');
    expect(text({ figures: none, interrupted: true })).not.toContain('use a longer --duration');
    none.error('INVALID_INPUT');
    expect(text({ figures: none })).not.toContain('use a longer --duration');
  });

  test('gives no time to what was found after the measurement', () => {
    const found = { condition: 'feed_lost:count==0', target: 6, value: 168, unit: 'count' } as const;
    const after = { ...found, atMs: 11_000, liveRuns: 0, isGeneratorSaturated: false };
    expect(text({ breaks: [after] })).toContain('first violated at the end: feed_lost:count==0 (168)');
    expect(text({ breaks: [{ ...after, atMs: 900 }] })).toContain(
      'first violated after 1 s, at 6 concurrent',
    );
  });
});

describe('the report for other programs', () => {
  const { figures } = parts();
  figures.count('lost', 2);
  for (let count = 0; count < 60; count += 1) figures.trends.token_gap.record(count);
  const report = createLoadReport(
    parts({
      figures,
      thresholds: [result(true), result(false), result(null)],
      breaks: [
        {
          condition: 'token_gap:p99<1ms',
          atMs: 43_000,
          target: 31.23,
          liveRuns: 64,
          value: 812,
          unit: 'ms',
          isGeneratorSaturated: false,
        },
      ],
      series: [1, 2, 3].map((second) => ({
        atMs: second * 1000,
        durationMs: 1000,
        target: 20,
        liveRuns: second,
        trends: { token_gap: { count: 20, p50: second, p95: null, p99: null, max: 9 } },
        counters: { runs_started: 5 },
        generator,
        server: null,
      })),
    }),
  );

  test('is JUnit XML with a case for each condition', () => {
    const xml = junitReport(report);
    expect(xml).toContain('tests="15" failures="2" errors="1"');
    expect(xml).toContain(
      'name="token_gap:p99&lt;1ms &amp; &quot;false&quot;"><failure message="Missed: 1.00 ms."',
    );
    expect(xml).toContain('<error message="Not judged: not enough samples: 6, needs 100."/>');
    expect(xml).toContain('name="lost:count==0"><failure message="Is 2."/>');
    expect(xml).toContain('name="duplicated:count==0"/>');
  });

  test('is Markdown whose texts are no markup', () => {
    const text = markdownReport(report);
    expect(text).toContain(
      '| `token_gap:p99<1ms & "null"` | not enough samples: 6, needs 100 | ⚠️ not judged |',
    );
    expect(text).toContain(
      'First violated after 43 s, at 31.2 concurrent, 64 live runs: token\\_gap:p99\\<1ms',
    );
    expect(text).toContain('Must be 0, but is not: lost 2.');
  });

  test('is a page that loads nothing, with a plot of what was measured', () => {
    const page = htmlReport(report);
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|\bsrc=|href=|@import|url\(/);
    expect(page).toContain('token_gap:p99&lt;1ms &amp; &quot;false&quot;');
    expect(page).toMatch(/<figcaption>token_gap <span>/);
    // The verdict is in the part of the table that a narrow screen shows.
    expect(page).toContain('<th>threshold</th><th>verdict</th><th>measured</th>');
    expect(page).not.toContain('kinds of runs');
    expect(page).toContain('aria-label="Live, in runs, over time: live: 1 to 3;');
    // Nothing was measured of the server.
    expect(page).not.toContain('Memory of the server');
  });

  test('fits into narrow windows', () => {
    for (const columns of [60, 80, 120]) {
      const lines = reportLines(report, (_style, line) => line, columns);
      expect(lines.filter((line) => line.length >= columns)).toEqual([]);
    }
  });
});

test('docs/LOAD.md names every figure and every default', () => {
  const document = readFileSync(new URL('../../docs/LOAD.md', import.meta.url), 'utf8');
  const named = new Set([...document.matchAll(/`([a-z_]+)`/g)].map((match) => match[1]));
  const figures = [...Object.keys(trendTable), ...Object.keys(counterTable)];
  expect(figures.filter((figure) => !named.has(figure))).toEqual([]);
  expect(document).toContain(`\`${loadDefaults.model}\``);
});
