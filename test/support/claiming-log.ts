import type { EventLog } from '../../server/log/event-log.ts';

/** A log whose node claims each run that it begins: a log that several nodes share accepts only that node's events. */
export function claiming<Log extends EventLog>(log: Log): Log {
  return {
    ...log,
    append: (append) => log.append(append.expectedSeq === 0 ? { ...append, claim: true } : append),
  };
}
