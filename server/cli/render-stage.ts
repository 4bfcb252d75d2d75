import type {
  Failure,
  StageCancelled,
  StageCompleted,
  StageFailed,
  StageInterrupted,
  StageStarted,
} from '@stagewire/client';
import { counted, duration, grouped } from './amounts.ts';
import { cleanLine } from './clean-text.ts';
import type { Paint } from './paint.ts';

/** What stands above an attempt: which stage, whose, why it is there if not by plan, and the model. */
export function stageHeader(event: StageStarted, paint: Paint): string {
  const why = reason(event);
  const which = [
    `stage ${event.stage}`,
    cleanLine(event.role),
    ...(event.attempt > 1 ? [`attempt ${event.attempt}`] : []),
    ...(why === '' ? [] : [why]),
    cleanLine(event.model),
  ];
  return paint('cyan', `── ${which.join(' · ')} ──`);
}

function reason({ cause, keptChars }: StageStarted): string {
  const goesOn = keptChars === 0 ? '' : `, goes on after ${counted(keptChars, 'character')}`;
  switch (cause) {
    case 'plan':
      return '';
    case 'review':
      return 'the review asked for changes';
    case 'steer':
      return `steered${goesOn}`;
    case 'redirect':
      return 'redirected here';
    case 'retry':
      return `tried again${goesOn}`;
    case 'repair':
      return 'asked again, since the answer could not be read';
    case 'resume':
      return `taken up again${goesOn}`;
    case 'continue':
      return 'goes on, since the model stopped at its limit of length';
    default:
      // A cause of a later version.
      return cleanLine(cause satisfies never);
  }
}

export function completedLine(event: StageCompleted, paint: Paint): string {
  const { chars, usage, ttftMs, durationMs, finishReason } = event;
  const told =
    `${counted(chars, 'character')}, ${tokensWritten(usage)}, ${duration(durationMs)}` +
    `, the first token after ${duration(ttftMs)}`;
  const done = `${paint('green', '✓')} ${paint('dim', told)}`;
  if (finishReason !== 'length') return done;
  return `${done}\n${paint('yellow', '! the model stopped at its limit of length: the text is cut off')}`;
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
