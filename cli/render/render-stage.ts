import { counted, grouped } from '@stagewire/shared/units/count';
import type {
  Failure,
  FailureReason,
  StageCancelled,
  StageCompleted,
  StageFailed,
  StageInterrupted,
  StageStarted,
} from '@stagewire/client';
import { answerStart } from '@stagewire/shared/text/thought';
import { duration } from '@stagewire/shared/units/duration';
import { latency } from './units.ts';
import { cleanLine } from './clean-text.ts';
import type { Paint } from '../terminal/paint.ts';

/**
 * What stands above an attempt: which stage, whose, why it is there if not by plan, and the model.
 *
 * @param failed why the attempt before it was not usable.
 */
export function stageHeader(event: StageStarted, paint: Paint, failed?: FailureReason): string {
  const why = reason(event, failed);
  const which = [
    `stage ${event.stage}`,
    cleanLine(event.role),
    ...(event.attempt > 1 ? [`attempt ${event.attempt}`] : []),
    ...(why === '' ? [] : [why]),
    cleanLine(event.model),
  ];
  return paint('cyan', `── ${which.join(' · ')} ──`);
}

function reason({ role, cause, keptChars }: StageStarted, failed: FailureReason | undefined): string {
  const goesOn = keptChars === 0 ? '' : `, goes on after ${counted(keptChars, 'character')}`;
  switch (cause) {
    case 'plan':
      return '';
    case 'review':
      // A refiner follows a review; a reviewer follows a role that changed what was reviewed.
      return role === 'reviewer' ? 'files changed that were reviewed before' : 'the review asked for changes';
    case 'steer':
      return `steered${goesOn}`;
    case 'redirect':
      return 'redirected here';
    case 'retry':
      return `tried again${goesOn}`;
    case 'repair':
      return `asked again, since ${repairWords[failed ?? 'review_unreadable'] ?? 'the answer could not be used'}`;
    case 'resume':
      return `taken up again${goesOn}`;
    case 'continue':
      return `goes on after ${counted(keptChars, 'character')}, where the model stopped at its limit of length`;
    default:
      // A cause of a later version.
      return cleanLine(cause satisfies never);
  }
}

const repairWords: Readonly<Partial<Record<FailureReason, string>>> = {
  output_limit: 'all its tokens went into reasoning',
  tool_call: 'it called a tool, and there are none',
  empty: 'it wrote nothing',
  thought_unfinished: 'it never ended its thought',
  no_file: 'it wrote no file',
  file_open: 'it left a file open',
  file_elided: 'it left parts of a file out',
  review_unreadable: 'the answer could not be read',
  review_without_issues: 'it asked for changes and named no issue',
};

/** That a text begins with a thought whose tag was opened before it: it was shown like the answer. */
export function thoughtLines(text: string, paint: Paint): string[] {
  const chars = answerStart(text);
  if (chars === 0) return [];
  const what = `the first ${counted(chars, 'character')} are a thought, up to its closing tag`;
  return [`${paint('yellow', '!')} ${what}: no file comes from it, and no other role reads it`];
}

export function completedLine(event: StageCompleted, paint: Paint): string {
  const { chars, usage, ttftMs, durationMs, finishReason } = event;
  const told =
    `${counted(chars, 'character')}, ${tokensWritten(usage)}, ${duration(durationMs)}` +
    `, the first token after ${latency(ttftMs)}`;
  const done = `${paint('green', '✓')} ${paint('dim', told)}`;
  if (finishReason !== 'length') return done;
  return `${done}\n${paint('yellow', '! the model stopped at its limit of length: the text is cut off, and whoever reads it is told')}`;
}

export function interruptedLine(event: StageInterrupted, paint: Paint): string {
  const by = {
    steer: 'interrupted by a steer',
    redirect: 'ended by a redirect',
    crash: 'cut off, since the server stopped',
    length: 'cut off at the limit of length',
  }[event.cause];
  return paint('yellow', `✗ attempt ${event.attempt} ${by}, after ${counted(event.chars, 'character')}`);
}

export function cancelledLine(event: StageCancelled, paint: Paint): string {
  return paint('yellow', `✗ stage ${event.stage} cancelled after ${counted(event.chars, 'character')}`);
}

export function failedLine(event: StageFailed, paint: Paint): string {
  const again =
    event.retryInMs === undefined
      ? ''
      : event.retryInMs === 0
        ? '; it is asked again at once'
        : `; next attempt in ${duration(event.retryInMs)}`;
  return paint('red', `✗ attempt ${event.attempt} failed: ${failureText(event.failure)}`) + again;
}

/** The code and what was said, in one line. */
function failureText({ code, message }: Failure): string {
  return `${code}, ${cleanLine(message).replace(/\.$/, '')}`;
}

function tokensWritten({ outputTokens, source }: StageCompleted['usage']): string {
  const doubt = source === 'estimated' ? 'about ' : '';
  return `${doubt}${grouped(outputTokens)} ${outputTokens === 1 ? 'token' : 'tokens'}`;
}
