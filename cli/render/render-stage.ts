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
import { costSuffix, latency } from './units.ts';
import { cleanLine } from './clean-text.ts';
import type { Paint } from '../terminal/paint.ts';

/**
 * The header of an attempt: stage, role, reason if it was not planned, and model.
 *
 * @param failed why the previous attempt was not usable.
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
  const continued = keptChars === 0 ? '' : `, continuing after ${counted(keptChars, 'character')}`;
  switch (cause) {
    case 'plan':
      return '';
    case 'review':
      // A refiner follows a review; a reviewer follows a role that changed what was reviewed.
      return role === 'reviewer' ? 'reviewed files have changed' : 'the review asked for changes';
    case 'steer':
      return `steered${continued}`;
    case 'redirect':
      return 'redirected';
    case 'retry':
      return `retried${continued}`;
    case 'repair':
      return `repair: ${repairReasons[failed ?? 'review_unreadable'] ?? 'the answer was not usable'}`;
    case 'resume':
      return `resumed${continued}`;
    case 'continue':
      return `continuing after ${counted(keptChars, 'character')}, where the length limit was reached`;
    case 'fork':
      return `forked${continued}`;
    default:
      // A cause of a later version.
      return cleanLine(cause satisfies never);
  }
}

const repairReasons: Readonly<Partial<Record<FailureReason, string>>> = {
  output_limit: 'all its tokens went into reasoning',
  tool_call: 'it called a tool, and a run has no tools',
  empty: 'the answer was empty',
  thought_unfinished: 'its reasoning had no closing tag',
  no_file: 'the answer had no file',
  file_open: 'a file was not closed',
  file_elided: 'parts of a file were omitted',
  review_unreadable: 'the answer was not readable',
  review_without_issues: 'it requested changes without an issue',
};

/** A warning for a text that starts with reasoning whose opening tag is missing: it was shown like the answer. */
export function reasoningWarning(text: string, paint: Paint): string[] {
  const chars = answerStart(text);
  if (chars === 0) return [];
  const what = `the first ${counted(chars, 'character')} are reasoning, up to its closing tag`;
  return [`${paint('yellow', '!')} ${what}: ignored for files and for other roles`];
}

export function completedLine(event: StageCompleted, paint: Paint): string {
  const { chars, usage, cost, ttftMs, durationMs, finishReason } = event;
  const summary =
    `${counted(chars, 'character')}, ${tokensWritten(usage)}${costSuffix(cost)}, ${duration(durationMs)}` +
    `, the first token after ${latency(ttftMs)}`;
  const done = `${paint('green', '✓')} ${paint('dim', summary)}`;
  if (finishReason !== 'length') return done;
  return `${done}\n${paint('yellow', '! length limit reached: the text is truncated and marked as such for the next roles')}`;
}

export function interruptedLine(event: StageInterrupted, paint: Paint): string {
  const by = {
    steer: 'interrupted by a steer',
    redirect: 'ended by a redirect',
    crash: 'interrupted because the server stopped',
    length: 'truncated at the length limit',
  }[event.cause];
  const { attempt, chars, cost } = event;
  return paint(
    'yellow',
    `✗ attempt ${attempt} ${by}, after ${counted(chars, 'character')}${costSuffix(cost)}`,
  );
}

export function cancelledLine({ stage, chars, cost }: StageCancelled, paint: Paint): string {
  const after = `${counted(chars, 'character')}${costSuffix(cost)}`;
  return paint('yellow', `✗ stage ${stage} cancelled after ${after}`);
}

export function failedLine(event: StageFailed, paint: Paint): string {
  const again =
    event.retryInMs === undefined
      ? ''
      : event.retryInMs === 0
        ? '; retrying immediately'
        : `; next attempt in ${duration(event.retryInMs)}`;
  const { attempt, failure, cost } = event;
  return paint('red', `✗ attempt ${attempt} failed: ${failureText(failure)}${costSuffix(cost)}`) + again;
}

/** The code and the message, in one line. */
function failureText({ code, message }: Failure): string {
  return `${code}, ${cleanLine(message).replace(/\.$/, '')}`;
}

function tokensWritten({ outputTokens, source }: StageCompleted['usage']): string {
  const doubt = source === 'estimated' ? 'about ' : '';
  return `${doubt}${grouped(outputTokens)} ${outputTokens === 1 ? 'token' : 'tokens'}`;
}
