import type { EventBody } from '@stagewire/shared';
import { initialPlan } from '../../pipeline/plan.ts';
import { applied, dropAll, inOrder, startStage } from './ending-plan.ts';
import { pendingCommands, phaseOf, type RunProgress } from './progress.ts';
import { cancelRun, carryOut, redirected, rule } from './resolve-commands.ts';

/** The run's beginning: what has been steered while it was queued enters the first prompt. */
export function decideBegin(progress: RunProgress): readonly EventBody[] {
  const { run } = progress;
  const wasRedirected = run.plan.length > 0;
  const roles = wasRedirected ? run.plan : initialPlan(run.pipeline.roles);
  const [first] = roles;
  if (first === undefined) throw new RangeError(`run ${run.runId} has no role to begin with`);
  return [
    { type: 'run.started' },
    { type: 'run.planned', roles: [...roles], cause: 'start' },
    ...startStage(run, first, {
      cause: wasRedirected ? 'redirect' : 'plan',
      entering: pendingCommands(run),
    }),
  ];
}

/** What pending commands cause while no attempt is open; nothing while one is: its ending settles them. */
export function decideSettlement(progress: RunProgress, nowMs: number): readonly EventBody[] {
  const phase = phaseOf(progress.run);
  const ruling = rule(pendingCommands(progress.run));
  if (phase.is === 'queued') {
    if (ruling.by === 'cancel-run') return inOrder(cancelRun(ruling.winner, ruling.others, null));
    if (ruling.by !== 'redirect') return [];
    // Steers wait for the first stage whatever their scope: there is none yet that could supersede them.
    const earlier = ruling.superseded.filter(({ kind }) => kind !== 'steer');
    return [
      applied(ruling.winner, null),
      ...dropAll(earlier, 'superseded'),
      { type: 'run.planned', roles: redirected(progress, ruling.winner), cause: 'redirect' },
    ];
  }
  if (phase.is !== 'backoff' || ruling.by === 'nothing') return [];
  return inOrder(carryOut(progress, ruling, { phase, close: () => undefined, steerCause: 'steer', nowMs }));
}
