/** What the command line tells the shell. */
export const exitCodes = {
  /** The run completed, whatever its verdict; the command was applied. */
  done: 0,
  /** The run failed, the command was refused, or something else went wrong. */
  failed: 1,
  /** The command was accepted and then dropped. */
  dropped: 2,
  /** The run was cancelled, or Ctrl-C ended the waiting for it. */
  interrupted: 130,
  /** Whatever read the output has gone, as SIGPIPE would say it. */
  readerGone: 141,
  /** SIGTERM. */
  terminated: 143,
} as const;

export const exitCodesHelp = `
Exit codes:
  0    the run completed, or the command was applied
  1    the run failed, the command was refused, or an error
  2    the command was accepted, but dropped before it could act
  130  the run was cancelled, or left by Ctrl-C
  141  whatever read the output has gone
  143  ended by SIGTERM`;
