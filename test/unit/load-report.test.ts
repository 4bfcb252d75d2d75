import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { counterTable, createFigures, trendTable } from '../../cli/load/figures.ts';
import { createLoadReport, type LoadReportParts } from '../../cli/load/load-report.ts';
import { loadDefaults, readLoadSettings } from '../../cli/load/load-settings.ts';
import { reportLines } from '../../cli/load/render-load.ts';

const generator = { cpuPercent: 95, loopUtilization: 0.5, loopDelayP99Ms: 1, rssBytes: 1 };

function parts(more: Partial<LoadReportParts> = {}): LoadReportParts {
  const figures = createFigures();
  figures.count('runs_started', 4);
  return {
    startedAt: '2026-01-01T00:00:00.000Z',
    measuredMs: 1000,
    url: 'http://127.0.0.1:4600',
    info: { version: '1.2.3', protocolVersion: 1 } as LoadReportParts['info'],
    machine: { cpu: 'a CPU', cores: 2, memoryBytes: 1, platform: 'linux x64', node: '24' },
    settings: readLoadSettings('http://127.0.0.1:4600', {
      ...loadDefaults,
      steer: 0,
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
      { threshold: 'lost:count==0', value: 1234, unit: 'count', met: false },
      { threshold: 'token_gap:p99<1ms', value: 2.5, unit: 'ms', met: false },
      { threshold: 'resume:max<1s', value: null, unit: 'ms', met: false },
    ] as const;
    const text = reportLines(createLoadReport(parts({ thresholds })), (_style, line) => line).join('\n');
    expect(text).toContain('missed  lost:count==0  (1,234)');
    expect(text).toContain('missed  token_gap:p99<1ms  (2.50 ms)');
    expect(text).toContain('missed  resume:max<1s  (no measurements)');
    expect(text).toContain('3 of 3 thresholds were not met.');
  });
});

test('docs/LOAD.md names every figure and every default', () => {
  const document = readFileSync(new URL('../../docs/LOAD.md', import.meta.url), 'utf8');
  const named = new Set([...document.matchAll(/`([a-z_]+)`/g)].map((match) => match[1]));
  const figures = [...Object.keys(trendTable), ...Object.keys(counterTable)];
  expect(figures.filter((figure) => !named.has(figure))).toEqual([]);
  expect(document).toContain(`\`${loadDefaults.model}\``);
});
