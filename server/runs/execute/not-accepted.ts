import { wireErrors } from '@stagewire/shared/wire-errors';
import { LogConflict, LogUnavailable } from '../../log/event-log.ts';

/** The error of a command whose append has failed: errors of the log as those of the protocol, others as they are. */
export function notAccepted(error: unknown): unknown {
  if (!(error instanceof LogUnavailable) && !(error instanceof LogConflict)) return error;
  const isCertain = error instanceof LogUnavailable && error.outcome === 'not-written';
  return isCertain
    ? wireErrors.LOG_UNAVAILABLE.notAccepted(error)
    : wireErrors.LOG_UNAVAILABLE.perhapsAccepted(error);
}
