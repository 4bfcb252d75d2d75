import type { Failure, FinishReason, Usage } from '@stagewire/shared';

/** How an attempt's model call ended. The reason of an abort is in the recorded commands. */
export type Outcome =
  | {
      readonly status: 'completed';
      readonly finishReason: FinishReason;
      readonly usage: Usage;
      readonly ttftMs: number;
      readonly durationMs: number;
      /** The delay before a retry if the output turns out to be empty. */
      readonly retryInMs: number;
    }
  | {
      readonly status: 'failed';
      readonly failure: Failure;
      readonly usage: Usage;
      readonly ttftMs: number;
      readonly durationMs: number;
      readonly retryInMs: number;
    }
  | { readonly status: 'aborted'; readonly usage: Usage };

/** The decider's inputs, apart from new commands (`decideCommand`) and model output. */
export type RunInput =
  /** The run has left the queue. */
  | { readonly type: 'begin' }
  /** A command was accepted while no attempt is open. */
  | { readonly type: 'resolve' }
  /** The model call of the open attempt has ended. */
  | { readonly type: 'call-ended'; readonly outcome: Outcome }
  /** The backoff is over. */
  | { readonly type: 'retry' }
  /** A new executor takes the run over. `usage` is that of the interrupted attempt. */
  | { readonly type: 'recover'; readonly reason: RecoveryReason; readonly usage: Usage }
  /** The run cannot continue: a limit was reached, or a defect. `usage` is that of the open attempt, if there is one. */
  | { readonly type: 'fail'; readonly failure: Failure; readonly usage: Usage };

export type RecoveryReason = 'restart' | 'takeover' | 'log';
