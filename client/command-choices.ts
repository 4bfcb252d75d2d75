/** The options of each command besides its target: the same for a run's handle and for the hook. */

/** The options of every command. */
export interface CommandChoices {
  /**
   * A UUID: the idempotency key of the command. The same id with the same content is never executed twice. @default a
   * new one
   */
  readonly commandId?: string | undefined;
}

/** The options of a steer. */
export interface SteerChoices extends CommandChoices {
  /**
   * `restart`: the stage starts again with the instruction; `continue`: the text continues where it stopped; `next`:
   * nothing is
   * aborted, the next stage sees it.
   *
   * @default 'restart'
   */
  readonly mode?: 'restart' | 'continue' | 'next' | undefined;
  /** Which stages get the instruction: this one and all later ones (`run`), or this one only. @default 'run' */
  readonly scope?: 'stage' | 'run' | undefined;
  /**
   * `drop` omits the interrupted text from the next prompt; only with mode `restart`.
   *
   * @default 'keep'
   */
  readonly draft?: 'keep' | 'drop' | undefined;
}

/** The options of a redirect. */
export interface RedirectChoices extends CommandChoices {
  /** An instruction for the role and all later ones. @default none */
  readonly text?: string | undefined;
}

/** The options of a cancel. */
export interface CancelChoices extends CommandChoices {
  /** What is cancelled: the run, whatever its stage, or only its current stage. @default 'run' */
  readonly target?: 'run' | 'stage' | undefined;
  /** A reason for the log, up to 2000 chars. @default none */
  readonly reason?: string | undefined;
}
