import type { EventBody } from '@stagewire/shared';
import { applyResolution, cancelRun } from './apply-resolution.ts';
import { decisionContext, type DecisionContext } from './decision-context.ts';
import {
  commandApplied,
  dropCommands,
  planAtStart,
  redirectPlanned,
  startFirstAttempt,
  startNextAttempt,
  toEvents,
} from './ending-plan.ts';
import { decideEnding, decideRunFailure, recoverAttempt } from './endings.ts';
import type { OpenPhase } from './phase.ts';
import type { RunProgress } from './progress.ts';
import type { RunInput } from './run-input.ts';

/**
 * The events that follow from an input, as one append; empty if nothing follows. Pure: the same run, the same input
 * and the same instant give the same events.
 *
 * @param nowMs milliseconds since the Unix epoch, for durations.
 */
export function decide(progress: RunProgress, input: RunInput, nowMs: number): readonly EventBody[] {
  const context = decisionContext(progress, nowMs);
  const { phase } = context;
  if (phase.is === 'ended') return [];
  switch (input.type) {
    case 'begin':
      return phase.is === 'queued' ? orElse(decideIdle(context), () => decideBegin(context)) : [];
    case 'resolve':
      return decideIdle(context);
    case 'call-ended':
      return phase.is === 'attempt' ? decideEnding({ ...context, phase }, input.outcome) : [];
    case 'retry':
      return phase.is === 'backoff'
        ? orElse(decideIdle(context), () => decideRetry({ ...context, phase }))
        : [];
    case 'recover':
      return phase.is === 'attempt'
        ? recoverAttempt({ ...context, phase }, input)
        : [{ type: 'run.recovered', reason: input.reason, cutOff: null }, ...decideIdle(context)];
    case 'fail':
      return decideRunFailure(context, input.failure, { usage: input.usage, isInterrupted: false });
    default:
      return input satisfies never;
  }
}

/** A command that was accepted just before the begin or the retry takes precedence. */
function orElse(first: readonly EventBody[], otherwise: () => readonly EventBody[]): readonly EventBody[] {
  return first.length > 0 ? first : otherwise();
}

/** What pending commands cause while no attempt is open; nothing while one is: its end applies them. */
function decideIdle(context: DecisionContext): readonly EventBody[] {
  const { run, phase, resolution } = context;
  if (phase.is === 'backoff' && resolution.by !== 'nothing') {
    return toEvents(applyResolution({ ...context, phase }, resolution, undefined));
  }
  if (phase.is !== 'queued') return [];
  if (resolution.by === 'cancel-run') return toEvents(cancelRun(resolution, null));
  if (resolution.by !== 'redirect') return [];
  const { winner, superseded } = resolution;
  return [
    commandApplied(winner, null),
    // Steers wait for the first stage whatever their scope: no stage exists that could supersede them.
    ...dropCommands(
      superseded.filter(({ kind }) => kind !== 'steer'),
      'superseded',
    ),
    redirectPlanned(run, winner.command.to),
  ];
}

/** Starts the run: steers that were accepted while it was queued enter the first prompt. */
function decideBegin({ progress, run, pending }: DecisionContext): readonly EventBody[] {
  return [
    { type: 'run.started' },
    { type: 'run.planned', roles: [...planAtStart(run)], cause: 'start' },
    ...startFirstAttempt(progress, pending),
  ];
}

function decideRetry({ run, phase }: DecisionContext<OpenPhase>): readonly EventBody[] {
  return startNextAttempt(run, phase, { cause: 'retry', keptChars: phase.attempt.keptChars });
}
