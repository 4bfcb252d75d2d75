/** Does tasks one at a time, in the order in which they came. */
export interface Mailbox {
  /** Resolves or rejects as the task does, when its turn has come. */
  post<Result>(task: () => Promise<Result>): Promise<Result>;
  /** Resolves when every task posted so far is done. */
  idle(): Promise<void>;
}

export function createMailbox(): Mailbox {
  let last: Promise<unknown> = Promise.resolve();
  return {
    post(task) {
      const result = last.then(task);
      // The next task runs whether or not this one failed; who posted it hears of the failure.
      last = result.catch(() => undefined);
      return result;
    },
    async idle() {
      await last;
    },
  };
}
