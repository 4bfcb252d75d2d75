import { codeOf } from '@stagewire/shared/caught-error';
import pg from 'pg';
import { LogUnavailable } from '../event-log.ts';

/**
 * What a failed statement means to the users of the log: the log is unavailable. Nothing is written if the engine has
 * rejected the statement. If the connection is gone, or the engine has ended it, the response may have been lost.
 *
 * @param options.isSent Was the statement sent? @default true
 */
export function databaseError(error: unknown, options: { readonly isSent?: boolean } = {}): LogUnavailable {
  if (error instanceof LogUnavailable) return error;
  const message = `the database does not accept statements: ${reasonOf(error)}`;
  const isRejected = error instanceof pg.DatabaseError && error.severity === 'ERROR';
  const isKnown = options.isSent === false || isRejected;
  return new LogUnavailable(message, { cause: error, outcome: isKnown ? 'not-written' : 'unknown' });
}

/** In one line, without the values of the statement, which errors of the engine have in `detail`. */
export function reasonOf(error: unknown): string {
  // Several addresses of one host name.
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const code = codeOf(error);
  const [line = ''] = error.message.split('\n');
  return code === undefined || line.includes(code) ? line : `${line} (${code})`;
}
