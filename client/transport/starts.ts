/** The starts of this client, by their run ids: what is asked of such a run too early is only early. */
export interface Starts {
  /** Remembers a start until it is forgotten for newer ones. */
  note(runId: string, receipt: Promise<unknown>): void;
  /** Resolves when the start of this run has its answer, whichever; `undefined` if none is under way. */
  underWay(runId: string): Promise<void> | undefined;
  /** Was this run started here, so that it exists for certain? */
  isAccepted(runId: string): boolean;
}

/** So many accepted starts are remembered. */
const maxAccepted = 256;

export function createStarts(): Starts {
  const waiting = new Map<string, Promise<void>>();
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
        // Who started it is told. Whether there is a run, the server says to whoever waited here.
        () => {},
      );
      // Of two starts of one run, as after a double click, neither is to be overtaken.
      const done = Promise.all([settled, waiting.get(runId)]).then(() => {
        if (waiting.get(runId) === done) waiting.delete(runId);
      });
      waiting.set(runId, done);
    },
    underWay: (runId) => waiting.get(runId),
    isAccepted: (runId) => accepted.has(runId),
  };
}
