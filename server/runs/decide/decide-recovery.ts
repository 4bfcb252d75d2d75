import type { EventBody, Usage } from '@stagewire/shared';
import { about, inOrder, startNextAttempt } from './ending-plan.ts';
import { decideFailure } from './endings.ts';
import { decideSettlement } from './decide-between.ts';
import { pendingCommands, phaseOf, type RunProgress } from './progress.ts';
import { carryOut, rule, type Close } from './resolve-commands.ts';

/** Recoveries that may cut off an attempt, one after the other, without a sign of life from a model. */
const maxFruitlessRecoveries = 5;

/** The first append of a new epoch: what was cut off ends, pending commands apply, and the run goes on. */
export function decideRecovery(
  progress: RunProgress,
  options: {
    readonly reason: 'restart' | 'takeover' | 'log';
    /** Of the attempt that was cut off. */
    readonly usage: Usage;
    readonly nowMs: number;
  },
): readonly EventBody[] {
  const { run } = progress;
  const { reason, usage, nowMs } = options;
  const phase = phaseOf(run);
  if (phase.is === 'ended') return [];
  if (phase.is !== 'attempt') {
    const recovered: EventBody = { type: 'run.recovered', reason, cutOff: null };
    return [recovered, ...decideSettlement(progress, nowMs)];
  }
  const { stage, attempt } = about(phase);
  const recovered: EventBody = { type: 'run.recovered', reason, cutOff: { stage, attempt } };
  const cutOff = {
    type: 'stage.interrupted' as const,
    ...about(phase),
    cause: 'crash' as const,
    commandIds: [],
    chars: phase.attempt.text.length,
    usage,
  };
  const close: Close = () => cutOff;
  const ruling = rule(pendingCommands(run));
  if (ruling.by !== 'nothing' && ruling.by !== 'steer') {
    return [recovered, ...inOrder(carryOut(progress, ruling, { phase, close, steerCause: 'resume', nowMs }))];
  }
  if (progress.recoveries + 1 >= maxFruitlessRecoveries) {
    return [recovered, ...givenUp(progress, cutOff, nowMs)];
  }
  if (ruling.by === 'steer') {
    return [recovered, ...inOrder(carryOut(progress, ruling, { phase, close, steerCause: 'resume', nowMs }))];
  }
  const keptChars = phase.stage.format === 'json' ? 0 : phase.attempt.text.length;
  return [recovered, cutOff, ...startNextAttempt(run, phase, { cause: 'resume', entering: [], keptChars })];
}

/** The cut-off attempt has its ending already, so that of `decideFailure` is left out. */
function givenUp(progress: RunProgress, cutOff: EventBody & { usage: Usage }, nowMs: number): EventBody[] {
  const failure = {
    code: 'INTERNAL' as const,
    message: `the server went down ${maxFruitlessRecoveries} times while this attempt had written nothing`,
    retryable: false,
  };
  const failed = decideFailure(progress, failure, { usage: cutOff.usage, nowMs });
  return [cutOff, ...failed.filter((event) => event.type !== 'stage.failed')];
}
