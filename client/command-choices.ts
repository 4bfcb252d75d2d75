/** What each command lets its caller choose, besides whom it is meant for: the same for a run's handle and for the hook. */

/** What every command may be given. */
export interface CommandChoices {
  /** A UUID. The same id with the same content never acts twice. @default a new one */
  readonly commandId?: string | undefined;
}

/** What a steer may be given. */
export interface SteerChoices extends CommandChoices {
  /**
   * `restart`: the stage begins again with the instruction; `continue`: it continues where the text stopped; `next`: nothing is
   * aborted, the next stage sees it.
   *
   * @default 'restart'
   */
  readonly mode?: 'restart' | 'continue' | 'next' | undefined;
  /** Who sees the instruction: this stage and all later ones (`run`), or this stage only. @default 'run' */
  readonly scope?: 'stage' | 'run' | undefined;
  /**
   * `drop` leaves the interrupted text out of the next prompt; with mode `restart` only.
   *
   * @default 'keep'
   */
  readonly draft?: 'keep' | 'drop' | undefined;
}

/** What a redirect may be given. */
export interface RedirectChoices extends CommandChoices {
  /** An instruction for the role and all later ones. @default none */
  readonly text?: string | undefined;
}

/** What a cancel may be given. */
export interface CancelChoices extends CommandChoices {
  /** What ends: the run, whatever its stage, or its current stage only. @default 'run' */
  readonly target?: 'run' | 'stage' | undefined;
  /** For the record, up to 2000 chars. @default none */
  readonly reason?: string | undefined;
}
