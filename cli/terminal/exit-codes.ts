/** Exit codes of all commands. */
export const exitCodes = {
  /** The run completed, whatever its verdict; the command was applied. */
  done: 0,
  /** The run failed, the command was rejected, or another error occurred. */
  failed: 1,
  /** The command was accepted and then dropped. */
  dropped: 2,
  /** The run was cancelled, or Ctrl-C stopped the wait for it. */
  interrupted: 130,
  /** The reader of the output has closed it (SIGPIPE). */
  readerGone: 141,
  /** SIGTERM. */
  terminated: 143,
} as const;

export const exitCodesHelp = `
Exit codes:
  0    the run completed, or the command was applied
  1    the run failed, the command was rejected, or another error occurred
  2    the command was accepted, but dropped before it was applied
  130  the run was cancelled, or Ctrl-C detached from it
  141  the output was closed (broken pipe)
  143  terminated by SIGTERM`;
