import type { EventBody, Failure, FinishReason, Usage } from '@stagewire/shared';
import { decideBegin, decideSettlement } from './decide-between.ts';
import { decideEnding, decideFailure } from './decide-ending.ts';
import { decideRecovery } from './decide-recovery.ts';
import { startNextAttempt } from './consequences.ts';
import { phaseOf, type RunProgress } from './progress.ts';

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

/**
 * The events that follow from what happened, as one append; empty if nothing follows. Pure: the same run, the
 * same happening and the same instant give the same events.
 *
 * @param nowMs milliseconds since the Unix epoch, for durations.
 */
export function decide(progress: RunProgress, happening: Happening, nowMs: number): readonly EventBody[] {
  const phase = phaseOf(progress.run);
  if (phase.is === 'ended') return [];
  // A command that was accepted a moment before the begin or the retry comes first.
  const settledOr = (otherwise: (progress: RunProgress) => readonly EventBody[]) => {
    const settled = decideSettlement(progress, nowMs);
    return settled.length > 0 ? settled : otherwise(progress);
  };
  switch (happening.type) {
    case 'begin':
      return phase.is === 'queued' ? settledOr(decideBegin) : [];
    case 'settle':
      return decideSettlement(progress, nowMs);
    case 'ended':
      return phase.is === 'attempt' ? decideEnding(progress, happening.outcome, { phase, nowMs }) : [];
    case 'retry': {
      if (phase.is !== 'backoff') return [];
      const { keptChars } = phase.attempt;
      return settledOr(() =>
        startNextAttempt(progress.run, phase, { cause: 'retry', entering: [], keptChars }),
      );
    }
    case 'broken':
      return decideFailure(progress, happening.failure, { usage: happening.usage, nowMs });
    case 'recover':
      return decideRecovery(progress, { ...happening, nowMs });
    default:
      return happening satisfies never;
  }
}
