import type { Failure, FinishReason, Usage } from '@stagewire/shared';

/** How an attempt's model call ended. Why it was aborted is not said here: the recorded commands tell. */
export type Outcome =
  | {
      readonly status: 'completed';
      readonly finishReason: FinishReason;
      readonly usage: Usage;
      readonly ttftMs: number;
      readonly durationMs: number;
      /** How long to wait if the output turns out to be empty. */
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

/** What happens to a run, apart from commands (`decideCommand`) and the model's words. */
export type Happening =
  /** It is the run's turn to begin. */
  | { readonly type: 'begin' }
  /** A command was accepted while no attempt is open. */
  | { readonly type: 'settle' }
  | { readonly type: 'ended'; readonly outcome: Outcome }
  /** The backoff is over. */
  | { readonly type: 'retry' }
  /** A new owner takes the run up. */
  | { readonly type: 'recover'; readonly reason: 'restart' | 'takeover' | 'log'; readonly usage: Usage }
  /** The run cannot go on: `maxDurationMs` has passed, or a defect. The open attempt, if any, has used this much. */
  | { readonly type: 'broken'; readonly failure: Failure; readonly usage: Usage };
