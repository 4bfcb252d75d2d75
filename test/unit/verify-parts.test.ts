import { readFileSync } from 'node:fs';
import type { RunEvent } from '@stagewire/shared';
import { describe, expect, test } from 'vitest';
import { allChecks, chooseChecks } from '../../server/cli/verify/all-checks.ts';
import { appendOrder } from '../../server/cli/verify/append-order.ts';
import { normalForm } from '../../server/cli/verify/normal-form.ts';
import * as fileLaws from '../../server/cli/verify/file-laws.ts';
import * as reviewLaws from '../../server/cli/verify/review-laws.ts';
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
      'readers and later versions': ['K1', 'K2', 'K3', 'K5', 'K6'],
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

const usage = { inputTokens: 10, outputTokens: 5, reasoningTokens: 2, cachedInputTokens: 4, source: 'final' };

/** One short run that keeps every law: a steer that goes on, a cancelled stage, and a completed one with a file. */
const run = numbered([
  { type: 'run.queued', pipeline: { roles: ['architect', 'coder'] } },
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
  of(2, 1, { type: 'artifact.recorded', parts: [{ offset: 1, chars: 3 }], path: 'a.ts', role: 'coder' }),
  of(2, 1, { type: 'stage.completed', chars: 4, role: 'coder' }),
  { type: 'run.completed', verdict: 'none' },
]);

const coder = { role: 'coder' };
const refiner = { role: 'refiner' };
const reviewer = { role: 'reviewer' };
const tester = { role: 'tester' };
const major = { severity: 'major', message: 'It leaks.' };

/**
 * Another one: a coder that is cut and goes on, a review, a refiner that leaves a file open, removes one and is
 * repaired, an approval, and a tester that changes what was approved, so that it is reviewed again.
 */
const crew = numbered([
  { type: 'run.queued', pipeline: { roles: ['coder', 'reviewer', 'refiner', 'tester'] } },
  { type: 'input.recorded', path: 'in.md', text: 'wishes' },
  { type: 'run.planned' },
  of(1, 1, { type: 'stage.started', keptChars: 0, cause: 'plan', ...coder }),
  of(1, 1, { type: 'stage.delta', offset: 0, text: 'one tw', ...coder }),
  of(1, 1, { type: 'stage.interrupted', chars: 6, cause: 'length', ...coder }),
  of(1, 2, { type: 'stage.started', keptChars: 6, cause: 'continue', ...coder }),
  of(1, 2, { type: 'stage.delta', offset: 6, text: 'o old', ...coder }),
  of(1, 2, { type: 'artifact.recorded', parts: parts([0, 3]), path: 'a', ...coder }),
  of(1, 2, { type: 'artifact.recorded', parts: parts([4, 2], [6, 1]), path: 'b', ...coder }),
  of(1, 2, { type: 'artifact.recorded', parts: parts([8, 3]), path: 'old', ...coder }),
  of(1, 2, { type: 'stage.completed', chars: 11, ...coder }),
  of(2, 1, { type: 'stage.started', keptChars: 0, cause: 'plan', ...reviewer }),
  of(2, 1, { type: 'review.noted', issue: major, ...reviewer }),
  of(2, 1, { type: 'review.recorded', verdict: 'changes_requested', issues: [major], ...reviewer }),
  of(2, 1, { type: 'stage.completed', chars: 0, ...reviewer }),
  { type: 'run.planned', cause: 'review', roles: ['refiner', 'reviewer'] },
  of(3, 1, { type: 'stage.started', keptChars: 0, cause: 'review', ...refiner }),
  of(3, 1, { type: 'stage.delta', offset: 0, text: 'ONE cut', ...refiner }),
  of(3, 1, { type: 'artifact.recorded', parts: parts([0, 3]), path: 'a', ...refiner }),
  of(3, 1, { type: 'artifact.removed', path: 'old', offset: 3, chars: 0, ...refiner }),
  of(3, 1, { type: 'artifact.skipped', reason: 'open', path: 'c', offset: 4, chars: 3, ...refiner }),
  of(3, 1, {
    type: 'stage.failed',
    chars: 7,
    retryInMs: 0,
    failure: { code: 'OUTPUT_INVALID', reason: 'file_open' },
    ...refiner,
  }),
  of(3, 2, { type: 'stage.started', keptChars: 0, cause: 'repair', ...refiner }),
  of(3, 2, { type: 'stage.delta', offset: 0, text: 'whole', ...refiner }),
  of(3, 2, { type: 'artifact.recorded', parts: parts([0, 5]), path: 'c', ...refiner }),
  of(3, 2, { type: 'stage.completed', chars: 5, ...refiner }),
  of(4, 1, { type: 'stage.started', keptChars: 0, cause: 'plan', ...reviewer }),
  of(4, 1, { type: 'review.recorded', verdict: 'approved', issues: [], ...reviewer }),
  of(4, 1, { type: 'stage.completed', chars: 0, ...reviewer }),
  of(5, 1, { type: 'stage.started', keptChars: 0, cause: 'plan', ...tester }),
  of(5, 1, { type: 'stage.delta', offset: 0, text: 'two test', ...tester }),
  of(5, 1, { type: 'artifact.recorded', parts: parts([0, 3]), path: 'a', ...tester }),
  of(5, 1, { type: 'artifact.recorded', parts: parts([4, 4]), path: 't', ...tester }),
  of(5, 1, { type: 'stage.completed', chars: 8, ...tester }),
  { type: 'run.planned', cause: 'review', roles: ['reviewer'] },
  of(6, 1, { type: 'stage.started', keptChars: 0, cause: 'plan', ...reviewer }),
  of(6, 1, {
    type: 'review.recorded',
    verdict: 'unknown',
    issues: [],
    problems: ['unreadable'],
    ...reviewer,
  }),
  of(6, 1, { type: 'stage.completed', chars: 0, ...reviewer }),
  { type: 'run.completed', verdict: 'unknown' },
]);

const all = { ...laws, ...fileLaws, ...reviewLaws, appendOrder, chainLaw: laws.chainLaw(0) };
type LawName = keyof typeof all;

describe('the laws of a run', () => {
  test.each(Object.keys(all) as LawName[])('%s holds of a run that keeps it', (name) => {
    expect(all[name](run)).toEqual([]);
    expect(all[name](crew)).toEqual([]);
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
    [
      'artifactsInTheirText',
      'a.ts ends behind its text',
      (events) => changed(events, 19, { parts: parts([1, 4]) }),
    ],
    ['artifactsInTheirText', 'a.ts has 0 parts', (events) => changed(events, 19, { parts: [] })],
    [
      'artifactsByTheirEnding',
      'written by a architect',
      (events) => changed(events, 19, { role: 'architect' }),
    ],
    [
      'artifactsByTheirEnding',
      'ended otherwise: stage.interrupted {steer}',
      (events) => changed(events, 20, { type: 'stage.interrupted', cause: 'steer' }),
    ],
    [
      'artifactsByTheirEnding',
      'ended otherwise: stage.interrupted {crash}',
      (events) => changed(events, 20, { type: 'stage.interrupted', cause: 'crash' }),
    ],
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
    ['appendOrder', 'does not stand directly before the ending', (events) => moved(events, 20, 18)],
    ['appendOrder', 'nothing comes after it', (events) => events.slice(0, -1)],
  ];

  test.each(broken)('%s finds what is wrong: %s', (name, problem, spoil) => {
    expect(all[name](spoil([...run])).join('\n')).toContain(problem);
  });

  const brokenCrew: readonly (readonly [LawName, string, (events: RunEvent[]) => RunEvent[]])[] = [
    ['keptCharsByCause', 'has keptChars 0, not 6', (events) => changed(events, 7, { keptChars: 0 })],
    [
      'artifactsInTheirText',
      'b ends behind its text',
      (events) => changed(events, 10, { parts: parts([9, 3]) }),
    ],
    ['artifactsInTheirText', 'old ends behind its text', (events) => changed(events, 21, { offset: 8 })],
    ['artifactsInTheirText', 'c ends behind its text', (events) => changed(events, 22, { chars: 4 })],
    [
      'artifactsByTheirEnding',
      'c is of an attempt that ended otherwise: stage.failed',
      (events) => changed(events, 23, { retryInMs: undefined }),
    ],
    [
      'artifactsByTheirEnding',
      'a is of an attempt that ended otherwise: stage.failed',
      (events) => changed(events, 23, { failure: { code: 'PROVIDER_STALLED' } }),
    ],
    ['eachPathOncePerAttempt', 'old is there twice', (events) => changed(events, 20, { path: 'old' })],
    [
      'fewSkippedBlocks',
      'attempt 3.1 tells of 101 skipped blocks',
      (events) => events.flatMap((event) => (event.seq === 22 ? Array<RunEvent>(101).fill(event) : [event])),
    ],
    [
      'continuesAfterLength',
      'attempt 1.1 was cut by length, and does not go on',
      (events) => changed(events, 7, { cause: 'resume' }),
    ],
    [
      'continuesAfterLength',
      'attempt 1.2 goes on, and none was cut by length',
      (events) => changed(events, 6, { cause: 'crash' }),
    ],
    [
      'continuesAfterLength',
      'attempt 1.5 is continuation 4',
      (events) => [
        ...events,
        ...[3, 4, 5].flatMap((attempt) => [
          { ...event(events, 6), attempt: attempt - 1 } as RunEvent,
          { ...event(events, 7), attempt } as RunEvent,
        ]),
      ],
    ],
    ['oneRepairPerStage', 'attempt 3.2 is the second repair', (events) => [...events, event(events, 24)]],
    [
      'usageAddsUp',
      'more cached input than input',
      (events) => changed(events, 12, { usage: { ...usage, cachedInputTokens: 11 } }),
    ],
    [
      'usageAddsUp',
      'more reasoning than output',
      (events) => changed(events, 12, { usage: { ...usage, reasoningTokens: 6 } }),
    ],
    [
      'reviewRepeatsItsNotes',
      'other issues than its notes',
      (events) => changed(events, 15, { issues: [], problems: ['It was cut off.'] }),
    ],
    [
      'approvalIsEarned',
      'approves beside a major issue',
      (events) => changed(events, 29, { issues: [major] }),
    ],
    [
      'approvalIsEarned',
      'approves, and no file was written',
      (events) => without(without(events, 'artifact.recorded'), 'artifact.removed'),
    ],
    [
      'verdictIsOfTheLastReview',
      'is approved, not unknown',
      (events) => changed(events, 40, { verdict: 'approved' }),
    ],
    [
      'verdictIsOfTheLastReview',
      'is unknown, not none',
      (events) => events.filter(({ seq }) => seq < 36 || seq > 39),
    ],
    [
      'verdictIsOfTheLastReview',
      'is unknown, not none',
      (events) => [...events.slice(0, 39), { ...event(events, 18), stage: 7 } as RunEvent, event(events, 40)],
    ],
    [
      'changesAreReviewed',
      'stage 5 (tester) changed what was reviewed',
      (events) => events.filter(({ seq }) => seq < 36 || seq > 39),
    ],
    ['appendOrder', 'does not stand directly before the ending', (events) => moved(events, 22, 23)],
    ['appendOrder', 'it stands before an artifact', (events) => moved(events, 11, 15)],
  ];

  test.each(brokenCrew)('%s finds what is wrong in a crew: %s', (name, problem, spoil) => {
    expect(all[name](spoil([...crew])).join('\n')).toContain(problem);
  });

  test('the verdict may be that of the review if the tester adds files and changes none', () => {
    const added = changed(without(crew, 'none'), 33, { path: 'new' }).filter(
      ({ seq }) => seq < 36 || seq > 39,
    );
    expect(all.verdictIsOfTheLastReview(changed(added, 40, { verdict: 'approved' }))).toEqual([]);
    expect(all.changesAreReviewed(added)).toEqual([]);
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

function parts(...pieces: readonly (readonly [number, number])[]) {
  return pieces.map(([offset, chars]) => ({ offset, chars }));
}

function event(events: readonly RunEvent[], seq: number): RunEvent {
  const found = events.find((one) => one.seq === seq);
  if (found === undefined) throw new Error(`there is no seq ${seq}`);
  return found;
}

function of(stage: number, attempt: number, event: object): object {
  return { stage, attempt, role: 'architect', ...event };
}

function numbered(events: readonly object[]): readonly RunEvent[] {
  return events.map(
    (event, index) => ({ runId: 'run_laws-00001', at: '', seq: index + 1, usage, ...event }) as RunEvent,
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
