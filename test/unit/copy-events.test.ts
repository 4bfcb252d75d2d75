import { readdirSync, readFileSync } from 'node:fs';
import { fold, isTerminal, type DurableEvent, type RunState, type StartFrom } from '@stagewire/shared';
import { DurableEvent as DurableEventSchema } from '@stagewire/shared/events';
import { describe, expect, test } from 'vitest';
import { createEventCopier } from '../../server/runs/decide/copy-events.ts';
import { lineageOf, resolveSource } from '../../server/runs/decide/resolve-source.ts';
import { localPrincipal as principal } from '../../server/identity/principal.ts';
import { startFrom } from '../../server/runs/start-from.ts';
import { checkCopies } from '../support/copy-laws.ts';

const folder = new URL('../fixtures/version-0.1.0-protocol-2/events/', import.meta.url);
const defaults = { models: { default: 'rehearsal' }, findModelProblem: () => undefined };

/** The logs of an earlier version: runs that were steered, recovered, retried, repaired, refined, cancelled. */
const sources = readdirSync(folder)
  .map((name) => readFileSync(new URL(name, folder), 'utf8').trim().split('\n'))
  .map((lines) => lines.map((line) => DurableEventSchema.parse(JSON.parse(line))))
  .filter((events) => events.some(isTerminal))
  .map((events) => ({ events, state: stateOf(events) }));

function stateOf(events: readonly DurableEvent[]): RunState {
  const state = events.reduce<RunState | undefined>((before, event) => fold(before, event), undefined);
  if (state === undefined) throw new Error('a log without events');
  return state;
}

/** Every place of a run that another one can start from. */
function placesOf({ runId, stages }: RunState): StartFrom[] {
  return [
    { runId },
    ...stages.flatMap(({ stage, format, attempts }) => [
      { runId, stage },
      ...(format === 'json' ? [] : attempts.map(({ attempt }) => ({ runId, stage, attempt }))),
    ]),
  ];
}

/** The first events of a run that starts there, as they are appended. */
function started(source: (typeof sources)[number], from: StartFrom): DurableEvent[] {
  const resolved = resolveSource(source.state, from);
  const copier = createEventCopier(resolved);
  source.events.every((event) => copier.add(event));
  const bodies = startFrom(
    { from, task: 'Now add tests', files: [{ path: 'own.md', text: 'Mine' }] },
    { run: source.state, resolved, copies: copier.bodies() },
    { principal, defaults },
  );
  const at = '2026-11-27T12:00:00.000Z';
  return bodies.map((body, index) =>
    DurableEventSchema.parse({ ...body, runId: 'run_started-from-1', seq: index + 1, at }),
  );
}

describe('the copies of a run', () => {
  test('give the state that the source had at that point, whatever happened to it and wherever that is', () => {
    let places = 0;
    for (const source of sources) {
      for (const from of placesOf(source.state)) {
        checkCopies(started(source, from), source.events);
        places += 1;
      }
    }
    expect(sources.length).toBeGreaterThan(6);
    expect(places).toBeGreaterThan(60);
  });

  test('of copies give the same state again, and name the events that were logged first', () => {
    let places = 0;
    for (const source of sources) {
      const first = started(source, { runId: source.state.runId, stage: source.state.stages.length || 1 });
      const cancelled = { type: 'run.cancelled', commandId: crypto.randomUUID(), actor: principal.actor };
      const end = DurableEventSchema.parse({
        ...cancelled,
        runId: 'run_started-from-1',
        seq: first.length + 1,
        at: '2026-11-27T12:00:01.000Z',
      });
      const middle = { events: [...first, end], state: stateOf([...first, end]) };
      for (const from of placesOf(middle.state)) {
        const second = started(middle, from).map((event) => ({ ...event, runId: 'run_started-from-2' }));
        checkCopies(second, middle.events);
        const named = second.flatMap(({ type, inheritedFrom }) =>
          type === 'input.recorded' ? [] : [inheritedFrom],
        );
        expect(named.filter((it) => it?.runId === 'run_started-from-1')).toEqual([]);
        places += 1;
      }
    }
    expect(places).toBeGreaterThan(20);
  });

  test('merge the deltas of an attempt to one of each type', () => {
    for (const source of sources) {
      const copies = started(source, { runId: source.state.runId });
      const deltas = copies.flatMap((event) =>
        event.type === 'stage.delta' || event.type === 'stage.reasoning'
          ? [`${event.type} ${event.stage}.${event.attempt}`]
          : [],
      );
      expect(new Set(deltas).size).toBe(deltas.length);
    }
  });
});

describe('the lineage of a run', () => {
  const source = stateOf(sources[0]?.events ?? []);
  const resolved = { from: { runId: source.runId }, stage: 9, attempt: undefined, isFollowUp: true };
  const tasksOf = (state: RunState, task: string) => lineageOf(state, resolved, task).tasks;

  test('has the tasks before that of the run, the latest twenty, and no more characters than a task', () => {
    const long = (n: number) => String(n).padEnd(30_000, 'x');
    const of = (tasks: string[]) => ({ ...source, task: 'B', from: { runId: 'run_before-00001', tasks } });
    expect(tasksOf({ ...source, task: 'A' }, 'B')).toEqual(['A']);
    expect(tasksOf(of(['A']), 'C')).toEqual(['A', 'B']);
    expect(tasksOf(of(['A']), 'B')).toEqual(['A']);
    expect(tasksOf(of(Array.from({ length: 30 }, (_, n) => String(n))), 'C')).toHaveLength(20);
    expect(tasksOf(of([1, 2, 3, 4].map(long)), 'C')).toEqual([long(2), long(3), long(4), 'B']);
  });
});
