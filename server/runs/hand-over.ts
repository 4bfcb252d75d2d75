/** Whether the runs of this node are to continue on another one. */
export interface HandOver {
  /** From now on, a run whose model is about to be called is offered to `onHeld`. @param onHeld Does it take the run? */
  request(onHeld: (runId: string) => boolean): void;
  /** Called before a model call of a run. @returns whether the call must not be made */
  holdsCall(runId: string): boolean;
}

/**
 * A drain hands a run over between two model calls: the output of a call that is aborted would be paid for again. The
 * node does not wait for all runs together: each one leaves at its own time.
 */
export function createHandOver(): HandOver {
  let onHeld: ((runId: string) => boolean) | undefined;
  return {
    request(listener) {
      onHeld = listener;
    },
    holdsCall: (runId) => onHeld?.(runId) === true,
  };
}
