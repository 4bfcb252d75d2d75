import type { EventBody } from '@stagewire/shared';
import { decideBegin, decideSettlement } from './decide-between.ts';
import { decideEnding, decideFailure } from './endings.ts';
import { decideRecovery } from './decide-recovery.ts';
import { startNextAttempt } from './ending-plan.ts';
import type { Happening } from './run-input.ts';
import { phaseOf, type RunProgress } from './progress.ts';

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
