import fc from 'fast-check';
import type { FeedEvent, RunState, RunSummary, Stagewire } from '@stagewire/client';
import { fold, type DurableEvent, type EventBody } from '@stagewire/shared';
import { describe, expect, test } from 'vitest';
import { createListeners } from '../../client/react/listeners.ts';
import { withEvent } from '../../client/react/run-summaries.ts';
import { createStores } from '../../client/react/stores.ts';
import { summarize } from '@stagewire/shared';
import { matchesSearch, searchWords } from '@stagewire/shared/text/search';
import { createRunScript, runIdOf } from '../support/run-script.ts';

describe('listeners', () => {
  function watched() {
    const seen: string[] = [];
    const listeners = createListeners({ start: () => seen.push('start'), stop: () => seen.push('stop') });
    return { listeners, seen };
  }

  test('start work with the first and stop it after the last', async () => {
    const { listeners, seen } = watched();
    const leaveOne = listeners.add(() => {});
    const leaveOther = listeners.add(() => {});
    leaveOne();
    await nextTurn();
    expect(seen).toEqual(['start']);
    leaveOther();
    leaveOther();
    await nextTurn();
    expect(seen).toEqual(['start', 'stop']);
    expect(listeners.presence).toBe('left');
  });

  test('who leaves and comes back in one turn, as under StrictMode, interrupts nothing', async () => {
    const { listeners, seen } = watched();
    const listener = () => {};
    listeners.add(listener)();
    listeners.add(listener);
    await nextTurn();
    expect(seen).toEqual(['start']);
    expect(listeners.presence).toBe('some');
  });
});

describe('the stores of one provider', () => {
  // Nothing of the wire is meant here: a client whose streams have no event and no end.
  const silent = {
    procedures: {
      runs: { events: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }) },
    },
  } as unknown as Stagewire;

  test('hand out one store for one run, before anybody has subscribed too', () => {
    const stores = createStores(silent);
    const shown = Array.from({ length: 50 }, (_, at) => stores.run(runIdOf(at)));
    expect(shown.map((store, at) => store === stores.run(runIdOf(at)))).not.toContain(false);
  });

  test('keep the twenty runs left last, and every run that is shown', async () => {
    const stores = createStores(silent);
    const watched = stores.run(runIdOf(0));
    watched.subscribe(() => {});
    const left = Array.from({ length: 25 }, (_, at) => stores.run(runIdOf(at + 1)));
    for (const store of left) store.subscribe(() => {})();
    await nextTurn();
    expect(stores.run(runIdOf(0))).toBe(watched);
    expect(left.filter((store, at) => store === stores.run(runIdOf(at + 1)))).toEqual(left.slice(5));
  });

  test('share a list by its labels, in whatever order they are written', () => {
    const stores = createStores(silent);
    const one = stores.runList({ labels: { a: '1', b: '2' }, limit: 5 });
    expect(stores.runList({ labels: { b: '2', a: '1' }, limit: 5 })).toBe(one);
    expect(stores.runList({ labels: { a: '1', b: '2' }, limit: 6 })).not.toBe(one);
    expect(stores.runList({ labels: { a: '1' }, limit: 5 })).not.toBe(one);
  });

  test('a run that was deleted is forgotten, whatever state is passed again, and the server says why', async () => {
    const gone = new Error('the server says that it is gone');
    const client = {
      ...silent,
      run: () => ({ snapshot: () => Promise.reject(gone) }),
    } as unknown as Stagewire;
    const stores = createStores(client);
    const store = stores.run(runIdOf(1), stateAfter(4));
    store.subscribe(() => {});
    expect(store.view.state?.seq).toBe(4);
    store.markDeleted();
    stores.run(runIdOf(1), stateAfter(4));
    expect(store.view.state).toBeUndefined();
    await nextTurn();
    expect(store.view).toMatchObject({ state: undefined, error: gone });
  });

  test('take a state from elsewhere only if it is newer', () => {
    const store = createStores(silent).run(runIdOf(1));
    const [early, late] = [stateAfter(2), stateAfter(4)];
    store.seed(late);
    store.seed(early);
    expect(store.view.state).toBe(late);
  });
});

describe('a list of runs', () => {
  const ends: readonly EventBody[] = [
    { type: 'run.completed', verdict: 'approved', usage: noUsage(), durationMs: 1 },
    { type: 'run.failed', failure: { code: 'INTERNAL', message: '', retryable: false }, stage: null },
    { type: 'run.cancelled', commandId: 'c', actor: { id: 'local', kind: 'anonymous' } },
  ];
  const runs = fc.array(
    fc.record({
      task: fc.oneof(fc.string({ maxLength: 300 }), fc.constant(`${'x'.repeat(199)}\u{1f600} and more`)),
      end: fc.option(fc.constantFrom(...ends)),
    }),
    { minLength: 1, maxLength: 6 },
  );

  test('kept up by the feed is what the server would list', () => {
    fc.assert(
      fc.property(
        runs,
        fc.infiniteStream(fc.nat()),
        fc.constantFrom('', 'x', 'X'),
        (given, order, search) => {
          const isFit = fits(search);
          const logs = given.map(({ task, end }, at): DurableEvent[] => {
            const script = createRunScript(runIdOf(at));
            const appends = [script.begin({ task }), script.nextAttempt({ keep: true })];
            if (end !== null) appends.push(script.next(end));
            return appends.flatMap(({ events }) => [...events]);
          });
          const truth = new Map<string, RunSummary>();
          const queued: string[] = [];
          let list: readonly RunSummary[] = [];
          for (const choice of order) {
            const open = logs.filter((log) => log.length > 0);
            const event = open[choice % Math.max(1, open.length)]?.shift();
            if (event === undefined) break;
            truth.set(event.runId, summarize(truth.get(event.runId), event));
            if (event.type === 'run.queued') queued.unshift(event.runId);
            list = withEvent(list, event, isFit);
            const listed = list.map(({ runId }) => runId);
            expect(listed).toEqual(queued.filter((runId) => isFit(truth.get(runId)!)));
            expect(list).toEqual(listed.map((runId) => truth.get(runId)));
          }
        },
      ),
    );
  });

  test('loses a run whose new status it does not have', () => {
    const script = createRunScript(runIdOf(1));
    const [queued, started] = script.begin().events as FeedEvent[];
    const list = withEvent([], queued!, ({ status }) => status === 'queued');
    expect(list).toHaveLength(1);
    expect(withEvent(list, started!, ({ status }) => status === 'queued')).toEqual([]);
  });

  test('is the same list after an event that changes nothing in it', () => {
    const script = createRunScript(runIdOf(1));
    const [first, ...rest] = script.begin().events;
    const list = withEvent([], first as FeedEvent);
    const planned = rest.find(({ type }) => type === 'run.planned');
    expect(withEvent(list, planned as FeedEvent)).toBe(list);
    expect(withEvent(list, first as FeedEvent)).toBe(list);
    expect(withEvent([], planned as FeedEvent)).toEqual([]);
  });

  test('loses a run that is deleted, and is the same list if it did not have it', () => {
    const queued = [1, 2].map((number) => createRunScript(runIdOf(number)).begin().events[0] as FeedEvent);
    const list = queued.reduce<readonly RunSummary[]>((sum, event) => withEvent(sum, event), []);
    const deleted = (number: number): FeedEvent => ({
      type: 'run.deleted',
      runId: runIdOf(number),
      seq: 7,
      at: '2026-01-01T00:00:00.000Z',
      actor: { id: 'ada', kind: 'user' },
    });
    expect(withEvent(list, deleted(1)).map(({ runId }) => runId)).toEqual([runIdOf(2)]);
    expect(withEvent(list, deleted(9))).toBe(list);
  });

  test('takes a new run only if it fits the search', () => {
    const begin = createRunScript(runIdOf(1)).begin({ task: 'A QUEUE', labels: { by: 'Ada' } });
    const queued = begin.events[0] as FeedEvent;
    expect(withEvent([], queued, fits('queue ada'))).toHaveLength(1);
    expect(withEvent([], queued, fits('queue bob'))).toEqual([]);
  });
});

/** A run's state after so many events: queued, started, planned, its first stage started. */
function stateAfter(count: number): RunState {
  const { events } = createRunScript(runIdOf(1)).begin();
  const state = events.slice(0, count).reduce<RunState | undefined>(fold, undefined);
  if (state === undefined) throw new Error('a state needs an event');
  return state;
}

function fits(search: string): (run: RunSummary) => boolean {
  return (run) => matchesSearch(run, searchWords(search));
}

function noUsage() {
  return { inputTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'final' } as const;
}

/** The listeners leave in a timer without delay; timers of one instant run in the order in which they were set. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve);
  });
}
