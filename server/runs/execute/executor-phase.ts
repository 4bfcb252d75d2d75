import type { ModelCall } from './model-call.ts';

/** What an executor is doing, other than the `Phase` of its run, which is told from the log. Each phase holds what must be closed when it is left. */
export type ExecutorPhase =
  /** Nothing: the run is queued, or has not been taken over yet. */
  | { readonly is: 'idle' }
  | { readonly is: 'attempt'; readonly call: ModelCall }
  | { readonly is: 'backoff'; readonly stopTimer: () => void }
  /**
   * Commits fail. Nothing may become visible that is not durable, so the model call was aborted; it is kept for its
   * usage.
   */
  | {
      readonly is: 'log-down';
      readonly sinceMs: number;
      readonly call: ModelCall | undefined;
      readonly stopWaiting: () => void;
    }
  /** It writes no more: the run has ended, another executor has taken it over, or the server stops. */
  | { readonly is: 'stopped' };

/** Closes what the phase holds. Idempotent. */
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

/** The call of the phase, also one that was aborted since the log fails. */
export function callOf(phase: ExecutorPhase): ModelCall | undefined {
  return phase.is === 'attempt' || phase.is === 'log-down' ? phase.call : undefined;
}
