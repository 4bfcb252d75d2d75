import { isTransient } from '@stagewire/shared';
import { allInvariants } from '@stagewire/shared/invariants/all-invariants';
import { unseen, type Check } from './check.ts';
import { same } from './expectation.ts';
import { commandedRun, eventsOf, failingRun, wholeRun } from './rehearsed-runs.ts';

/** What holds of the events of every run, whatever happens to it. */
export const checksOfInvariants: readonly Check[] = [
  invariant('C4', 'a run has exactly one terminal event, and it is the last', 'oneTerminalEvent'),
  invariant('C4', 'an attempt has exactly one ending, and no text after it', 'oneEndingPerAttempt'),
  invariant(
    'C4',
    'an accepted command has exactly one applied or dropped, after its acceptance',
    'oneOutcomePerCommand',
  ),
  invariant('C1', 'a commandId is accepted once', 'acceptedOnce'),
  invariant('C15', 'a run whose end was asked for ends cancelled', 'cancelOfRunWins'),
  invariant('C5', 'a dropped command hands its text back', 'droppedTextIsHandedBack'),
  invariant('C5', 'an applied steer is in the prompt of the attempt begun', 'steersAreInTheirPrompt'),
  invariant('§1', 'one attempt is open at most, and all that is written is of it', 'oneOpenAttempt'),
  invariant('L1', 'a new stage is the coming one of the plan', 'stagesFollowThePlan'),
  invariant('E11', 'a failure without retryInMs ends the run', 'lastFailureEndsTheRun'),
  invariant(
    'A21',
    'a stage fails with one code, or for one reason, no more often than it may',
    'failuresAreLimited',
  ),
  invariant('A21', 'a stage has no more attempts than it may have', 'attemptsAreLimited'),
  invariant('A1', 'what an attempt’s end causes comes in its order, with nothing in between', 'appendOrder'),
  invariant('§1', 'stages and attempts are counted from 1 without a gap', 'ordinalsWithoutGaps'),
  invariant('E4', 'a delta begins where the last one of its type ended', 'offsetsWithoutGaps'),
  invariant('E5', 'keptChars follows from how the attempt came about', 'keptCharsByCause'),
  invariant('E6', 'chars is the length of the attempt’s text', 'charsAreTheTextsLength'),
  invariant('E8', 'a review has the issues that were noted while it was written', 'reviewRepeatsItsNotes'),
  invariant(
    'E9',
    'a file has 1 to 20000 pieces, and lies inside its text as removed and skipped blocks do',
    'artifactsInTheirText',
    ['E14', 'E15'],
  ),
  invariant('E15', 'at most 100 skipped blocks are told of one text', 'fewSkippedBlocks'),
  invariant('T11', 'only roles and endings that record files have any', 'artifactsByTheirEnding', ['T1']),
  invariant('T5', 'a path is recorded or removed once per attempt', 'eachPathOncePerAttempt'),
  invariant('E11', 'a failure has retryInMs if and only if another attempt follows', 'retryIsAnnounced'),
  invariant('A7', 'a stage has one repair at most', 'oneRepairPerStage'),
  invariant(
    'A18',
    'only a text that was cut by length goes on, at most three times',
    'continuesAfterLength',
    ['E3', 'E5'],
  ),
  invariant(
    'J2',
    'an approval stands beside no blocker, no major issue and not without a file',
    'approvalIsEarned',
    ['T13'],
  ),
  invariant(
    'L5',
    'the run’s verdict is that of its last review, of the files as they are',
    'verdictIsOfTheLastReview',
  ),
  invariant('L8', 'a reviewer comes next when what was reviewed has changed', 'changesAreReviewed'),
  invariant('V2', 'cached tokens are part of the input, and reasoning of the output', 'usageAddsUp'),
  unseen('A9', 'recovery is one append, and goes on with the text', 'the server would have to be killed', [
    'A10',
    'A11',
    'A12',
    'A13',
    'A14',
    'A15',
  ]),
  unseen(
    'E13',
    'run.waiting says what a queued run, or the log, waits for',
    'the server would have to be full',
  ),
  unseen('A17', 'a failing log is told, and one bad append fails one run', 'the disk would have to be full'),
];

/** Held against a run with every role, one that is commanded, and one whose provider fails. */
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
      ] as const) {
        const events = eventsOf(await record(kit)).filter((event) => !isTransient(event));
        same(`what is wrong in the ${kind} run`, allInvariants[id](events), []);
      }
    },
  };
}
