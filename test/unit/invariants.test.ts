import type { RunEvent } from '@stagewire/shared';
import { describe, expect, test } from 'vitest';
import { sequenceProblems } from '@stagewire/shared/invariants/event-sequence';
import { allInvariants } from '@stagewire/shared/invariants/all-invariants';
import { normalForm } from '../../cli/verify/normal-form.ts';
import { crew, major, parts, run, usage } from '../support/invariant-runs.ts';

const cost = { amount: '0.5', currency: 'USD', pricesOf: '2026-11-22' };
const all = { ...allInvariants, sequenceProblems: (events: readonly RunEvent[]) => sequenceProblems(events) };
type InvariantName = keyof typeof all;

describe('the invariants of a run', () => {
  test.each(Object.keys(all) as InvariantName[])('%s holds of a run that keeps it', (name) => {
    expect(all[name](run)).toEqual([]);
    expect(all[name](crew)).toEqual([]);
  });

  const broken: readonly (readonly [InvariantName, string, (events: RunEvent[]) => RunEvent[]])[] = [
    ['sequenceProblems', 'leaves out 1', (events) => events.filter(({ seq }) => seq !== 5)],
    [
      'sequenceProblems',
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
      'a.ts ends after its text',
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
    ['filesChangeInOpenAttempts', 'the end of 2.1 are not those', (events) => swapped(events, 19, 20)],
    ['retryIsAnnounced', 'without retryInMs', (events) => changed(events, 7, { type: 'stage.failed' })],
    [
      'retryIsAnnounced',
      'does not follow',
      (events) => changed(events, 20, { type: 'stage.failed', retryInMs: 500 }),
    ],
    ['appendOrder', 'command.accepted stands between', (events) => moved(events, 13, 14)],
    ['appendOrder', 'command.applied stands between', (events) => moved(events, 15, 16)],
    ['appendOrder', 'does not stand directly before the ending', (events) => moved(events, 20, 18)],
    ['appendOrder', 'nothing comes after it', (events) => events.slice(0, -1)],
    ['acceptedOnce', 'was accepted before', (events) => [...events, event(events, 6)]],
    [
      'cancelOfRunWins',
      'was to be cancelled, and ended with run.completed',
      (events) => changed(events, 13, { command: { kind: 'cancel', target: 'run' } }),
    ],
    [
      'droppedTextIsHandedBack',
      'the text at seq 9 is not that of its command',
      (events) => changed(events, 9, { type: 'command.dropped', text: 'other' }),
    ],
    [
      'steersAreInTheirPrompt',
      'the steer applied at seq 9',
      (events) => changed(events, 8, { commandIds: [] }),
    ],
    ['steersAreInTheirPrompt', 'the steer applied at seq 9', (events) => changed(events, 9, { attempt: 1 })],
    [
      'oneOpenAttempt',
      'attempt 1.2 begins while 1.1 is open',
      (events) => without(events, 'stage.interrupted'),
    ],
    [
      'oneOpenAttempt',
      'stage.delta at seq 18 is not of the open',
      (events) => changed(events, 18, { stage: 1 }),
    ],
    ['oneOpenAttempt', 'is open at the end', (events) => without(events, 'stage.completed')],
    ['stagesFollowThePlan', 'stage 2 is of tester', (events) => changed(events, 17, { role: 'tester' })],
    ['stagesFollowThePlan', 'is of tester, its stage of', (events) => changed(events, 8, { role: 'tester' })],
    [
      'lastFailureEndsTheRun',
      'run.planned at seq 16 follows',
      (events) => changed(without(events, 'command.applied'), 14, { type: 'stage.failed', failure: {} }),
    ],
    [
      'attemptsAreLimited',
      'attempt 1.2 is one more than the 1',
      (events) => changed(events, 1, { limits: { maxAttemptsPerStage: 1 } }),
    ],
  ];

  test.each(broken)('%s finds what is wrong: %s', (name, problem, spoil) => {
    expect(all[name](spoil([...run])).join('\n')).toContain(problem);
  });

  const brokenCrew: readonly (readonly [InvariantName, string, (events: RunEvent[]) => RunEvent[]])[] = [
    ['keptCharsByCause', 'has keptChars 0, not 6', (events) => changed(events, 7, { keptChars: 0 })],
    [
      'artifactsInTheirText',
      'b ends after its text',
      (events) => changed(events, 10, { parts: parts([9, 3]) }),
    ],
    ['artifactsInTheirText', 'old ends after its text', (events) => changed(events, 21, { offset: 8 })],
    ['artifactsInTheirText', 'c ends after its text', (events) => changed(events, 22, { chars: 4 })],
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
      'attempt 3.1 has 101 skipped blocks',
      (events) => events.flatMap((event) => (event.seq === 22 ? Array<RunEvent>(101).fill(event) : [event])),
    ],
    [
      'continuesAfterLength',
      'attempt 1.1 was cut by length, and does not go on',
      (events) => changed(events, 7, { cause: 'resume' }),
    ],
    [
      'continuesAfterLength',
      'attempt 1.2 continues, and no attempt before it was cut off by length',
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
    [
      'failuresAreLimited',
      'attempt 3.1 has failed with OUTPUT_INVALID more often',
      (events) => [...events, ...Array<RunEvent>(3).fill(event(events, 23))],
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
      'usageAddsUp',
      'more cached input than input',
      (events) => changed(events, 12, { usage: { ...usage, cacheWriteInputTokens: 7 } }),
    ],
    [
      'costIsTheTotal',
      'run.completed has the cost nothing, its attempts together 0.5 USD, 7 unpriced',
      (events) => changed(events, 12, { cost }),
    ],
    [
      'costIsTheTotal',
      'run.completed has the cost 0.5 USD, 0 unpriced, its attempts together 0.5 USD, 7 unpriced',
      (events) =>
        changed(changed(events, 12, { cost }), 40, {
          cost: { amount: '0.5', currency: 'USD', unpricedAttempts: 0 },
        }),
    ],
    [
      'costsAreExactOrEstimated',
      'attempt 1.2 costs 0.50, which is not the shortest form',
      (events) => changed(events, 12, { cost: { ...cost, amount: '0.50' } }),
    ],
    [
      'costsAreExactOrEstimated',
      'attempt 1.2 has partial tokens, but its cost is no estimate',
      (events) => changed(events, 12, { cost, usage: { ...usage, source: 'partial' } }),
    ],
    [
      'reviewRepeatsItsNotes',
      'attempt 2.1 has lost “It leaks.”',
      (events) => changed(events, 15, { issues: [], problems: ['It was cut off.'] }),
    ],
    [
      'reviewRepeatsItsNotes',
      'attempt 2.1 has lost “It leaks.”',
      (events) => changed(changed(events, 14, { issue: { ...major, severity: 'nit' } }), 15, { issues: [] }),
    ],
    ['reviewRepeatsItsNotes', 'comes after its review', (events) => moved(events, 14, 15)],
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
  expect(sequenceProblems(merged)).toEqual([]);
  expect(normalForm(merged)).toEqual(normalForm(run));
  expect(normalForm(run).length).toBe(run.length - 1);
  expect(normalForm(run.filter(({ seq }) => seq !== 11))).not.toEqual(normalForm(run));
});

function event(events: readonly RunEvent[], seq: number): RunEvent {
  const found = events.find((one) => one.seq === seq);
  if (found === undefined) throw new Error(`there is no seq ${seq}`);
  return found;
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

/** What is at two places, exchanged: each place keeps its seq. */
function swapped(events: readonly RunEvent[], one: number, other: number): RunEvent[] {
  const at = (seq: number) => events.find((event) => event.seq === seq);
  return events.map((event) => {
    const source = event.seq === one ? at(other) : event.seq === other ? at(one) : undefined;
    return source === undefined ? event : { ...source, seq: event.seq };
  });
}
