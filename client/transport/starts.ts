/** The starts of this client by run id: a call for such a run that arrives before its start is only early. */
export interface Starts {
  /** Registers a start. */
  note(runId: string, receipt: Promise<unknown>): void;
  /** Resolves when the start of this run has settled; `undefined` if none is pending. */
  pending(runId: string): Promise<void> | undefined;
  /** Whether this client's start of the run was accepted, so that the run certainly exists. */
  isAccepted(runId: string): boolean;
}

/** The number of accepted starts that are kept. */
const maxAccepted = 256;

export function createStarts(): Starts {
  const pending = new Map<string, Promise<void>>();
  const accepted = new Set<string>();
  return {
    note(runId, receipt) {
      const settled = receipt.then(
        () => {
          accepted.delete(runId);
          accepted.add(runId);
          const [oldest] = accepted;
          if (accepted.size > maxAccepted && oldest !== undefined) accepted.delete(oldest);
        },
        // The caller of `start` gets the error. Whether the run exists, the server reports to those that waited here.
        () => {},
      );
      // With two starts of one run, e.g. after a double click, other calls wait for both.
      const done = Promise.all([settled, pending.get(runId)]).then(() => {
        if (pending.get(runId) === done) pending.delete(runId);
      });
      pending.set(runId, done);
    },
    pending: (runId) => pending.get(runId),
    isAccepted: (runId) => accepted.has(runId),
  };
}
