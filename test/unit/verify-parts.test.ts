import { readFileSync } from 'node:fs';
import type { RunEvent } from '@stagewire/shared';
import { describe, expect, test } from 'vitest';
import { allChecks, chooseChecks } from '../../server/cli/verify/all-checks.ts';
import { appendOrder } from '../../server/cli/verify/append-order.ts';
import { normalForm } from '../../server/cli/verify/normal-form.ts';
import * as laws from '../../server/cli/verify/run-laws.ts';
import { parseSse } from '../../server/cli/verify/sse-frames.ts';

const document = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8');

describe('the checks and PROTOCOL.md', () => {
  const defined = [...document.matchAll(/^- \*\*([A-Z]\d+)\b/gm)].map((match) => match[1] ?? '');
  const cited = new Set(allChecks.flatMap(({ rule, also = [] }) => [rule, ...also]));

  test('every rule that a check cites is there', () => {
    const sections = [...document.matchAll(/^## (\d+) /gm)].map((match) => `§${match[1]}`);
    expect(sections.length).toBeGreaterThan(15);
    expect([...cited].filter((rule) => !defined.includes(rule) && !sections.includes(rule))).toEqual([]);
  });

  test('every rule is cited, but those about others than a server', () => {
    const aboutOthers = {
      'readers and later versions': ['K1', 'K2', 'K3', 'K5'],
      'what a client does': ['W8', 'H3', 'H4', 'H6', 'P3'],
      'what the model said, which only the provider knows': ['E7'],
    };
    const others = Object.values(aboutOthers).flat();
    expect(defined.filter((rule) => !cited.has(rule)).toSorted()).toEqual(others.toSorted());
  });

  test('every check has a name of its own, and its place as its number', () => {
    expect(new Set(allChecks.map(({ rule, name }) => `${rule} ${name}`)).size).toBe(allChecks.length);
    expect(allChecks.map(({ number }) => number)).toEqual(allChecks.map((_check, index) => index + 1));
  });

  test('are chosen by number, by rule, by a rule beside it, and by group', () => {
    expect(chooseChecks([])).toBe(allChecks);
    expect(chooseChecks(['3']).map(({ number }) => number)).toEqual([3]);
    expect(chooseChecks(['D7']).map(({ rule }) => rule)).toEqual(['D7']);
    expect(chooseChecks(['F5']).map(({ rule }) => rule)).toEqual(['P13']);
    expect(new Set(chooseChecks(['R']).map(({ rule }) => rule.charAt(0)))).toEqual(new Set(['R']));
    expect(chooseChecks(['Z9'])).toEqual([]);
  });
});

describe('server-sent events', () => {
  test('are read line by line, comments and what is unfinished left out', () => {
    const text =
      'event: connected\ndata: {}\n\n\n: a comment\n\ndata: {"a":1}\nid: 1-2-x\n\nevent: ping\ndata:\n\ndata: cut';
    expect(parseSse(text)).toEqual([
      { event: 'connected', data: '{}', order: ['event', 'data'] },
      { event: 'message', data: '{"a":1}', id: '1-2-x', order: ['data', 'id'] },
      { event: 'ping', data: '', order: ['event', 'data'] },
    ]);
  });

  test('may have several lines of data, and other line ends', () => {
    expect(parseSse('data: a\r\ndata:b\r\nid\r\n\r\n')).toEqual([
      { event: 'message', data: 'a\nb', id: '', order: ['data', 'data', 'id'] },
    ]);
  });
});

/** One short run that keeps every law: a steer that goes on, a cancelled stage, and a completed one with a file. */
const run = numbered([
  { type: 'run.queued' },
  { type: 'run.started' },
  { type: 'run.planned' },
  of(1, 1, { type: 'stage.started', keptChars: 0, cause: 'plan' }),
  of(1, 1, { type: 'stage.delta', offset: 0, text: 'abc' }),
  { type: 'command.accepted', commandId: 's', command: { kind: 'steer' } },
  of(1, 1, { type: 'stage.interrupted', chars: 3, cause: 'steer' }),
  of(1, 2, { type: 'stage.started', keptChars: 3, cause: 'steer' }),
  { type: 'command.applied', commandId: 's' },
  of(1, 2, { type: 'stage.reasoning', offset: 0, text: 'hm' }),
  of(1, 2, { type: 'stage.delta', offset: 3, text: 'd' }),
  of(1, 2, { type: 'stage.delta', offset: 4, text: 'e' }),
  { type: 'command.accepted', commandId: 'c', command: { kind: 'cancel' } },
  of(1, 2, { type: 'stage.cancelled', chars: 5 }),
  { type: 'command.applied', commandId: 'c' },
  { type: 'run.planned' },
  of(2, 1, { type: 'stage.started', keptChars: 0, cause: 'plan', role: 'coder' }),
  of(2, 1, { type: 'stage.delta', offset: 0, text: 'code', role: 'coder' }),
  of(2, 1, { type: 'artifact.recorded', offset: 1, chars: 3, path: 'a.ts', role: 'coder' }),
  of(2, 1, { type: 'stage.completed', chars: 4, role: 'coder' }),
  { type: 'run.completed' },
]);

const all = { ...laws, appendOrder, chainLaw: laws.chainLaw(0) };
type LawName = keyof typeof all;

describe('the laws of a run', () => {
  test.each(Object.keys(all) as LawName[])('%s holds of a run that keeps it', (name) => {
    expect(all[name](run)).toEqual([]);
  });

  const broken: readonly (readonly [LawName, string, (events: RunEvent[]) => RunEvent[]])[] = [
    ['chainLaw', 'leaves out 1', (events) => events.filter(({ seq }) => seq !== 5)],
    [
      'chainLaw',
      'comes again',
      (events) => events.flatMap((event) => (event.seq === 5 ? [event, event] : [event])),
    ],
    ['oneTerminalEvent', 'there are 0 terminal events', (events) => events.slice(0, -1)],
    ['oneTerminalEvent', 'comes after run.completed', (events) => [...events, ...events.slice(1, 2)]],
    ['oneEndingPerAttempt', 'attempt 1.1 has 0 endings', (events) => without(events, 'stage.interrupted')],
    ['oneEndingPerAttempt', 'after the end of its attempt', (events) => [...events, ...events.slice(4, 5)]],
    ['oneOutcomePerCommand', 'has 0 outcomes', (events) => without(events, 'command.applied')],
    ['oneOutcomePerCommand', 'has 2 outcomes', (events) => [...events, ...events.slice(8, 9)]],
    ['ordinalsWithoutGaps', 'attempt 2.1 is out of order', (events) => events.slice(16)],
    ['offsetsWithoutGaps', 'has offset 4, not 3', (events) => events.filter(({ seq }) => seq !== 11)],
    ['charsAreTheTextsLength', 'has chars 5, not 4', (events) => events.filter(({ seq }) => seq !== 12)],
    ['keptCharsByCause', 'has keptChars 3, not 0 or 2', (events) => changed(events, 7, { chars: 2 })],
    ['artifactsInTheirText', 'ends behind its text', (events) => changed(events, 19, { chars: 4 })],
    [
      'artifactsInTheirText',
      'written by a architect',
      (events) => changed(events, 19, { role: 'architect' }),
    ],
    ['artifactsInTheirText', 'did not complete', (events) => changed(events, 20, { type: 'stage.failed' })],
    ['retryIsAnnounced', 'without retryInMs', (events) => changed(events, 7, { type: 'stage.failed' })],
    [
      'retryIsAnnounced',
      'does not follow',
      (events) => changed(events, 20, { type: 'stage.failed', retryInMs: 500 }),
    ],
    [
      'reviewRepeatsItsNotes',
      'other issues than its notes',
      (events) =>
        changed(events, 19, { type: 'review.recorded', issues: [{ severity: 'nit', message: 'm' }] }),
    ],
    ['appendOrder', 'command.accepted stands between', (events) => moved(events, 13, 14)],
    ['appendOrder', 'command.applied stands between', (events) => moved(events, 15, 16)],
    ['appendOrder', 'do not stand directly before it', (events) => moved(events, 20, 18)],
    ['appendOrder', 'nothing comes after it', (events) => events.slice(0, -1)],
  ];

  test.each(broken)('%s finds what is wrong: %s', (name, problem, spoil) => {
    expect(all[name](spoil([...run])).join('\n')).toContain(problem);
  });
});

test('the normal form is the same wherever deltas were merged', () => {
  const merged = run.flatMap((event) => {
    if (event.seq === 11) return [];
    return [event.seq === 12 ? ({ ...event, offset: 3, text: 'de', firstSeq: 11 } as RunEvent) : event];
  });
  expect(laws.chainLaw(0)(merged)).toEqual([]);
  expect(normalForm(merged)).toEqual(normalForm(run));
  expect(normalForm(run).length).toBe(run.length - 1);
  expect(normalForm(run.filter(({ seq }) => seq !== 11))).not.toEqual(normalForm(run));
});

function of(stage: number, attempt: number, event: object): object {
  return { stage, attempt, role: 'architect', ...event };
}

function numbered(events: readonly object[]): readonly RunEvent[] {
  return events.map(
    (event, index) => ({ runId: 'run_laws-00001', at: '', seq: index + 1, ...event }) as RunEvent,
  );
}

function without(events: readonly RunEvent[], type: string): RunEvent[] {
  return events.filter((event) => event.type !== type);
}

function changed(events: readonly RunEvent[], seq: number, change: object): RunEvent[] {
  return events.map((event) => (event.seq === seq ? { ...event, ...change } : event));
}

/** The event of one seq, behind that of another. */
function moved(events: readonly RunEvent[], seq: number, behind: number): RunEvent[] {
  const one = events.filter((event) => event.seq === seq);
  return events
    .filter((event) => event.seq !== seq)
    .flatMap((event) => (event.seq === behind ? [event, ...one] : [event]));
}
