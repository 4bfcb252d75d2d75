import { StagewireError } from './errors.ts';

/** The errors of cursors: a part of the catalogue in `wire-errors.ts`. */
export const cursorErrors = {
  run: () => cursorInvalid('this run'),
  feed: () => cursorInvalid('all runs'),
  /** The log does not have the event of a well-formed cursor. */
  lostRun: () => cursorLost('The log of this run', 'runs.get'),
  lostFeed: () => cursorLost('The log', 'runs.list'),
};

function cursorInvalid(of: string) {
  // The cursor is not repeated: it may be a megabyte of anything.
  return new StagewireError(
    'CURSOR_INVALID',
    `The cursor is not a position in the log of ${of}. Omit it, or use the one that runs.get or runs.list returns.`,
  );
}

function cursorLost(log: string, procedure: string) {
  return new StagewireError(
    'CURSOR_INVALID',
    `${log} does not have the event of this cursor, as after a restore to an earlier state. Discard what you have ` +
      `received, and subscribe without a cursor or with the one that ${procedure} returns.`,
  );
}
