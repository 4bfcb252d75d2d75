import { setTimeout as pause } from 'node:timers/promises';

export interface UntilOptions {
  /** How long it may take, in milliseconds. @default 10,000: less than a test has */
  readonly timeoutMs?: number;
  /** How long between two looks, in milliseconds. @default 2 */
  readonly intervalMs?: number;
}

/**
 * Waits until the condition holds. For what no event announces; where there is an event, wait for that.
 *
 * @param what is waited for, as the end of "waited … for": `'the socket to be closed'`; asked in the end if it is a function
 * @throws Error that says so, if it does not hold in time
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
  options: UntilOptions = {},
): Promise<void> {
  const { timeoutMs = 10_000, intervalMs = 2 } = options;
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw tooLate(what, timeoutMs);
    // The one poll there is.
    await pause(intervalMs);
  }
}

/**
 * A promise with a bound.
 *
 * @param what is waited for, as in {@link until}
 * @throws Error that says so, if the promise is not settled in time
 */
export async function within<Value>(
  promise: Promise<Value>,
  what: string | (() => string),
  { timeoutMs = 10_000 }: Pick<UntilOptions, 'timeoutMs'> = {},
): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(tooLate(what, timeoutMs)), timeoutMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLate(what: string | (() => string), timeoutMs: number): Error {
  return new Error(`waited ${timeoutMs} ms for ${typeof what === 'string' ? what : what()}`);
}
