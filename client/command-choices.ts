/** What each command lets its caller choose, besides whom it is meant for: the same for a run's handle and for the hook. */

export interface CommandChoices {
  /** @default a new one. The same id with the same content never acts twice. */
  readonly commandId?: string | undefined;
}

export interface SteerChoices extends CommandChoices {
  /** @default 'restart' */
  readonly mode?: 'restart' | 'continue' | 'next' | undefined;
  /** @default 'run' */
  readonly scope?: 'stage' | 'run' | undefined;
  /**
   * `drop` leaves the interrupted text out of the next prompt; with mode `restart` only.
   *
   * @default 'keep'
   */
  readonly draft?: 'keep' | 'drop' | undefined;
}

export interface RedirectChoices extends CommandChoices {
  /** An instruction for the role and all later ones. */
  readonly text?: string | undefined;
}

export interface CancelChoices extends CommandChoices {
  /** @default 'run', whatever its stage */
  readonly target?: 'run' | 'stage' | undefined;
  readonly reason?: string | undefined;
}
