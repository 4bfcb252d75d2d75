import type { ModelCall } from './model-call.ts';

/** What an executor is doing (the `Phase` of its run is in the log), with the resources to close afterwards. */
export type ExecutorPhase =
  /** Nothing: the run is queued, or not taken over yet. */
  | { readonly is: 'idle' }
  | { readonly is: 'attempt'; readonly call: ModelCall }
  | { readonly is: 'backoff'; readonly stopTimer: () => void }
  /** Appends fail. Only durable output may be visible, so the call was aborted; it is kept for its usage. */
  | {
      readonly is: 'log-down';
      readonly sinceMs: number;
      readonly call: ModelCall | undefined;
      readonly stopWaiting: () => void;
    }
  /** Finished: the run has ended, another executor has taken it over, or the server stops. */
  | { readonly is: 'stopped' };

/** Closes the resources of the phase. Idempotent. */
export function closePhase(phase: ExecutorPhase): void {
  switch (phase.is) {
    case 'attempt':
      return phase.call.abort();
    case 'backoff':
      return phase.stopTimer();
    case 'log-down':
      return phase.stopWaiting();
    case 'idle':
    case 'stopped':
      return;
    default:
      phase satisfies never;
  }
}

/** The call of the phase, including one that was aborted because the log fails. */
export function callOf(phase: ExecutorPhase): ModelCall | undefined {
  return phase.is === 'attempt' || phase.is === 'log-down' ? phase.call : undefined;
}
