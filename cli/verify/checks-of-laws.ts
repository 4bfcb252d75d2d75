import { appendOrder } from './append-order.ts';
import { unseen, type Check } from './check.ts';
import { same } from './expectation.ts';
import { commandedRun, eventsOf, failingRun, wholeRun } from './rehearsed-runs.ts';
import {
  artifactsByTheirEnding,
  artifactsInTheirText,
  eachPathOncePerAttempt,
  fewSkippedBlocks,
} from './file-laws.ts';
import {
  approvalIsEarned,
  changesAreReviewed,
  reviewRepeatsItsNotes,
  verdictIsOfTheLastReview,
} from './review-laws.ts';
import {
  charsAreTheTextsLength,
  continuesAfterLength,
  keptCharsByCause,
  offsetsWithoutGaps,
  oneEndingPerAttempt,
  oneOutcomePerCommand,
  oneRepairPerStage,
  oneTerminalEvent,
  ordinalsWithoutGaps,
  retryIsAnnounced,
  usageAddsUp,
  type RunLaw,
} from './run-laws.ts';

/** What holds of the events of every run, whatever happens to it. */
export const checksOfLaws: readonly Check[] = [
  law('C4', 'a run has exactly one terminal event, and it is the last', oneTerminalEvent),
  law('C4', 'an attempt has exactly one ending, and no text after it', oneEndingPerAttempt),
  law(
    'C4',
    'an accepted command has exactly one applied or dropped, after its acceptance',
    oneOutcomePerCommand,
  ),
  law('A1', 'what an attempt’s end causes comes in its order, with nothing in between', appendOrder),
  law('§1', 'stages and attempts are counted from 1 without a gap', ordinalsWithoutGaps),
  law('E4', 'a delta begins where the last one of its type ended', offsetsWithoutGaps),
  law('E5', 'keptChars follows from how the attempt came about', keptCharsByCause),
  law('E6', 'chars is the length of the attempt’s text', charsAreTheTextsLength),
  law('E8', 'a review has the issues that were noted while it was written', reviewRepeatsItsNotes),
  law(
    'E9',
    'a file has 1 to 20000 pieces, and lies inside its text as removed and skipped blocks do',
    artifactsInTheirText,
    ['E14', 'E15'],
  ),
  law('E15', 'at most 100 skipped blocks are told of one text', fewSkippedBlocks),
  law('T11', 'only roles and endings that record files have any', artifactsByTheirEnding, ['T1']),
  law('T5', 'a path is recorded or removed once per attempt', eachPathOncePerAttempt),
  law('E11', 'a failure has retryInMs if and only if another attempt follows', retryIsAnnounced),
  law('A7', 'a stage has one repair at most', oneRepairPerStage),
  law('A18', 'only a text that was cut by length goes on, at most three times', continuesAfterLength, [
    'E3',
    'E5',
  ]),
  law('J2', 'an approval stands beside no blocker, no major issue and not without a file', approvalIsEarned, [
    'T13',
  ]),
  law(
    'L5',
    'the run’s verdict is that of its last review, of the files as they are',
    verdictIsOfTheLastReview,
  ),
  law('L8', 'a reviewer comes next when what was reviewed has changed', changesAreReviewed),
  law('V2', 'cached tokens are part of the input, and reasoning of the output', usageAddsUp),
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
function law(rule: string, name: string, holdsFor: RunLaw, also: readonly string[] = []): Check {
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
        same(`what is wrong in the ${kind} run`, holdsFor(eventsOf(await record(kit))), []);
      }
    },
  };
}
