/** Notified of the commits of a run, or of all runs. */
export interface CommitListener {
  /** @param urgent The commit has more than deltas. */
  onCommit(urgent: boolean): void;
}
