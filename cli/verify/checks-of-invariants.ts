import { isTransient } from '@stagewire/shared';
import { allInvariants } from '@stagewire/shared/invariants/all-invariants';
import { untestable, type Check } from './check.ts';
import { same } from './expectation.ts';
import { commandedRun, eventsOf, failingRun, limitedRun, wholeRun } from './rehearsed-runs.ts';

/** Invariants of the events of every run. */
export const checksOfInvariants: readonly Check[] = [
  invariant('C4', 'a run has exactly one terminal event, and it is the last', 'oneTerminalEvent'),
  invariant('C4', 'an attempt has exactly one ending, and no text after it', 'oneEndingPerAttempt'),
  invariant(
    'C4',
    'an accepted command has exactly one applied or dropped, after its acceptance',
    'oneOutcomePerCommand',
  ),
  invariant('C1', 'a commandId is accepted once', 'acceptedOnce'),
  invariant('C15', 'a run that was cancelled ends as cancelled', 'cancelOfRunWins'),
  invariant('C5', 'command.dropped has the text of the command', 'droppedTextIsHandedBack'),
  invariant(
    'C5',
    'an applied steer is in the prompt of the attempt that starts with it',
    'steersAreInTheirPrompt',
  ),
  invariant('§1', 'at most one attempt is open, and all text belongs to it', 'oneOpenAttempt'),
  invariant('L1', 'a new stage is the next one of the plan', 'stagesFollowThePlan'),
  invariant('E11', 'a failure without retryInMs ends the run', 'lastFailureEndsTheRun'),
  invariant('A21', 'a stage does not exceed its limit of failures per code or reason', 'failuresAreLimited'),
  invariant('A21', 'a stage does not exceed its limit of attempts', 'attemptsAreLimited'),
  invariant('A1', 'the events that the end of an attempt causes are consecutive and in order', 'appendOrder'),
  invariant('§1', 'stages and attempts are numbered from 1 without gaps', 'ordinalsWithoutGaps'),
  invariant('E4', 'the offset of a delta is the end of the last one of its type', 'offsetsWithoutGaps'),
  invariant('E5', 'keptChars is consistent with the cause of the attempt', 'keptCharsByCause'),
  invariant('E6', 'chars is the length of the attempt’s text', 'charsAreTheTextsLength'),
  invariant('E8', 'a review has the issues that review.noted announced', 'reviewRepeatsItsNotes'),
  invariant(
    'E9',
    'a file has 1 to 20000 parts; files, removed files and skipped blocks are inside their text',
    'artifactsInTheirText',
    ['E14', 'E15'],
  ),
  invariant('E15', 'at most 100 skipped blocks are reported per text', 'fewSkippedBlocks'),
  invariant('T11', 'only roles and endings that record files have files', 'artifactsByTheirEnding', ['T1']),
  invariant('F8', 'files change only while an attempt is open', 'filesChangeInOpenAttempts', ['P19']),
  invariant('T5', 'a path is recorded or removed once per attempt', 'eachPathOncePerAttempt'),
  invariant('E11', 'a failure has retryInMs if and only if another attempt follows', 'retryIsAnnounced'),
  invariant('A7', 'a stage has one repair at most', 'oneRepairPerStage'),
  invariant(
    'A18',
    'only a text that was truncated by length is continued, at most three times',
    'continuesAfterLength',
    ['E3', 'E5'],
  ),
  invariant('J2', 'an approval has no blocker, no major issue and at least one file', 'approvalIsEarned', [
    'T13',
  ]),
  invariant(
    'L5',
    'the run’s verdict is that of the last review of its current files',
    'verdictIsOfTheLastReview',
  ),
  invariant('L8', 'a reviewer follows if reviewed files have changed', 'changesAreReviewed'),
  invariant('V2', 'cached tokens are part of the input, and reasoning tokens of the output', 'usageAddsUp'),
  invariant(
    'V8',
    'an amount has its shortest form, and a cost of tokens that are not final is an estimate',
    'costsAreExactOrEstimated',
  ),
  invariant('V9', 'the cost of a run is the total of its attempts', 'costIsTheTotal'),
  invariant('A16', 'a limit that is reached ends the run in the same append', 'limitEndsTheRun', ['P78']),
  invariant(
    'P78',
    'the failure has the limit of the run, and counts what its attempts have used once',
    'reachedLimitIsCounted',
  ),
  invariant('P78', 'after its budget is used up, a run has no further text', 'nothingBeyondTheBudget'),
  untestable(
    'A9',
    'recovery is one append, and the text is continued',
    'the server would have to be killed',
    ['A10', 'A11', 'A12', 'A13', 'A14', 'A15'],
  ),
  untestable(
    'E13',
    'run.waiting has the phase of a queued run or of an unavailable log',
    'the server would have to be at its limit',
  ),
  untestable(
    'A17',
    'a failing log is reported, and one bad append fails only its run',
    'the disk would have to be full',
  ),
];

/** Checked against a run with every role, one with commands, one whose provider fails, and one that reaches its budget. */
function invariant(
  rule: string,
  name: string,
  id: keyof typeof allInvariants,
  also: readonly string[] = [],
): Check {
  return {
    rule,
    also: rule === 'A1' ? ['A2'] : also,
    name,
    async run(kit) {
      for (const [kind, record] of [
        ['whole', wholeRun],
        ['commanded', commandedRun],
        ['failing', failingRun],
        ['limited', limitedRun],
      ] as const) {
        const events = eventsOf(await record(kit)).filter((event) => !isTransient(event));
        same(`violations in the ${kind} run`, allInvariants[id](events), []);
      }
    },
  };
}
