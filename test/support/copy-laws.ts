import assert from 'node:assert/strict';
import { fold, type DurableEvent, type RunState } from '@stagewire/shared';

/**
 * What a run that was started from another one has inherited is what the source had at that point: the state of the
 * copies is that of the source, apart from instants, usage, commands and the lineage, and no inherited stage was executed.
 *
 * @param source All events of the source.
 */
export function checkCopies(events: readonly DurableEvent[], source: readonly DurableEvent[]): void {
  const [queued] = events;
  assert.equal(queued?.type, 'run.queued');
  const { from } = queued;
  assert.ok(from !== undefined, 'the run was started from another one');
  const copies = events.filter(({ inheritedFrom }) => inheritedFrom !== undefined);
  const inherited = foldAll([queued, ...copies]);
  const end = endOf(source, from);
  const before = foldAll(source.slice(0, end.index));
  const fork = from.attempt === undefined ? undefined : { stage: from.stage, attempt: from.attempt };

  assert.deepEqual(inherited.files, before.files, 'the files are those of that point');
  assert.deepEqual(inherited.reviews, before.reviews, 'the reviews are those of that point');
  const plan = fork === undefined || end.isStageOpen ? before.plan : before.plan.slice(1);
  assert.deepEqual(inherited.plan, plan, 'the plan is that of that point');
  assert.equal(
    inherited.usage.inputTokens + inherited.usage.outputTokens,
    0,
    'inherited usage is not counted',
  );
  assert.deepEqual(inherited.commands, [], 'commands are not copied');

  const stages = comparable(inherited);
  if (fork === undefined) {
    assert.deepEqual(stages, comparable(before), 'the stages are those of that point');
  } else {
    // Nothing that followed from the end of the forked attempt is inherited, but its text and its ending are.
    const whole = foldAll(source.slice(0, end.endingIndex + 1));
    assert.deepEqual(stages.slice(0, -1), comparable(whole).slice(0, -1), 'the stages before the fork');
    const [own, theirs] = [stages.at(-1), comparable(whole).at(-1)];
    const withoutSkips = (attempt: object | undefined) => ({ ...attempt, skipped: [] });
    assert.deepEqual(
      own?.attempts.map((attempt, index) =>
        index === own.attempts.length - 1 ? withoutSkips(attempt) : attempt,
      ),
      theirs?.attempts.map((attempt, index) =>
        index === theirs.attempts.length - 1 ? withoutSkips(attempt) : attempt,
      ),
      'the attempts of the forked stage',
    );
  }

  for (const event of events) {
    if (event.type !== 'stage.started' || event.inheritedFrom !== undefined) continue;
    assert.ok(
      event.stage >= (from.stage ?? inherited.stages.length + 1),
      `stage ${event.stage} was inherited`,
    );
  }
}

/** Holds for a run that was not started from another one, too. */
export function checkCopiesOf(
  runId: string,
  log: { entries(runId: string): readonly { readonly event: DurableEvent }[] },
): void {
  const events = log.entries(runId).map(({ event }) => event);
  const [queued] = events;
  if (queued?.type !== 'run.queued' || queued.from === undefined) return;
  checkCopies(
    events,
    log.entries(queued.from.runId).map(({ event }) => event),
  );
}

/** Where the inherited part of the source ends: before `index`; for a fork also where its attempt ends. */
function endOf(
  source: readonly DurableEvent[],
  { stage, attempt }: { readonly stage?: number | undefined; readonly attempt?: number | undefined },
): { index: number; endingIndex: number; isStageOpen: boolean } {
  const isStart = (event: DurableEvent) =>
    event.type === 'stage.started' && event.stage === stage && event.attempt === (attempt ?? 1);
  const at = stage === undefined ? -1 : source.findIndex(isStart);
  const endingIndex = source.findIndex(
    (event, index) =>
      index > at &&
      'attempt' in event &&
      event.attempt === attempt &&
      'stage' in event &&
      event.stage === stage &&
      /^stage\.(?:completed|failed|cancelled|interrupted)$/.test(event.type),
  );
  return { index: at < 0 ? source.length : at, endingIndex, isStageOpen: (attempt ?? 1) > 1 };
}

function foldAll(events: readonly DurableEvent[]): RunState {
  const state = events.reduce<RunState | undefined>((before, event) => fold(before, event), undefined);
  assert.ok(state !== undefined);
  return state;
}

/** Stages without what a copy does not share with its original. */
function comparable({ stages }: RunState) {
  return stages.map(({ cost: _cost, ...stage }) => ({
    ...stage,
    attempts: stage.attempts.map((attempt) => {
      const { startedAt: _startedAt, endedAt: _endedAt, inheritedFrom: _inheritedFrom, ...rest } = attempt;
      return rest;
    }),
  }));
}
