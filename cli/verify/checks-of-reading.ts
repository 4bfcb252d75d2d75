import { fold, isTransient, type RunPage, type RunState, type RunSummary } from '@stagewire/shared';
import { ServerInfo } from '@stagewire/shared/contract';
import { RunEvent } from '@stagewire/shared/events';
import { RunState as RunStateSchema } from '@stagewire/shared/state';
import type { z } from 'zod';
import type { Entry } from './bare-wire.ts';
import type { Check } from './check.ts';
import { CheckSkipped, holds, memberOf, same } from './expectation.ts';
import { sequenceProblems } from '@stagewire/shared/invariants/event-sequence';
import { commandedRun, eventsOf, failingRun, hasText, stalling, wholeRun } from './rehearsed-runs.ts';
import { dataOf } from './verify-kit.ts';

/** P11 to P16, the fold, and the shapes of outputs. */
export const checksOfReading: readonly Check[] = [
  {
    rule: '§7',
    name: 'every event has the fields of its type',
    async run(kit) {
      for (const record of [wholeRun, failingRun, commandedRun]) {
        for (const { event } of await record(kit)) {
          same(`what is wrong with ${event.type}, seq ${event.seq}`, problemsOf(RunEvent, event), []);
        }
      }
    },
  },
  {
    rule: 'P11',
    name: 'an ended run is replayed, and the subscription ends; after its last cursor there are no events',
    async run(kit) {
      const entries = await wholeRun(kit);
      const { runId } = entries[0]?.event ?? {};
      const wire = await kit.wire();
      const replayed = await wire.subscribe('runs.events', { runId }).ended();
      same(
        'the first and the last seq',
        [replayed[0]?.event.seq, replayed.at(-1)?.event.seq],
        [1, entries.at(-1)?.event.seq],
      );
      same(
        'the events after the end',
        await wire.subscribe('runs.events', { runId }, entries.at(-1)?.cursor).ended(),
        [],
      );
    },
  },
  {
    rule: 'P12',
    name: 'include.reasoning: false omits reasoning, and firstSeq keeps the chain complete',
    async run(kit) {
      const { runId } = (await wholeRun(kit))[0]?.event ?? {};
      const wire = await kit.wire();
      const events = eventsOf(
        await wire.subscribe('runs.events', { runId, include: { reasoning: false } }).ended(),
      );
      same(
        'reasoning',
        events.filter(({ type }) => type === 'stage.reasoning'),
        [],
      );
      same('what is wrong with the sequence', sequenceProblems(events), []);
    },
  },
  {
    rule: 'P13',
    also: ['F2', 'F3', 'F4', 'F5', 'F6', 'F7', 'F8', 'F9', 'F10', 'F11', 'V4', 'V6', 'V7'],
    name: 'runs.get is the fold of all events, with their last cursor',
    async run(kit) {
      const wire = await kit.wire();
      for (const record of [wholeRun, failingRun, commandedRun]) {
        const entries = await record(kit);
        const state = foldOf(entries);
        const { runId } = state;
        const got = dataOf(await wire.ask('query', 'runs.get', { runId })) as RunState;
        same('what is wrong with its shape', problemsOf(RunStateSchema, got), []);
        same('its cursor', got.cursor, entries.at(-1)?.cursor);
        for (const key of Object.keys(state) as (keyof RunState)[]) same(`its ${key}`, got[key], state[key]);
      }
    },
  },
  {
    rule: 'P13',
    name: 'after the cursor of runs.get, runs.events continues without a gap or a duplicate',
    async run(kit) {
      const wire = await kit.wire();
      const { runId, events } = await kit.begin(wire, {
        shape: 'ttft=0,tps=300,chars=500,seed=7',
        roles: ['documenter'],
      });
      await hasText(events, { stage: 1, attempt: 1 });
      const got = dataOf(await wire.ask('query', 'runs.get', { runId })) as RunState;
      const rest = await wire.subscribe('runs.events', { runId }, got.cursor).ended();
      same('what is wrong with the sequence', sequenceProblems(eventsOf(rest), got.seq), []);
      const state = rest.reduce((before, { event }) => fold(before, event), got);
      same('the stages', state.stages, foldOf(await events.ended()).stages);
    },
  },
  {
    rule: 'F1',
    name: 'coalesced events fold to the same state as live ones',
    async run(kit) {
      const live = await wholeRun(kit);
      const { runId } = live[0]?.event ?? {};
      const replayed = await (await kit.wire()).subscribe('runs.events', { runId }).ended();
      same('the state', foldOf(replayed), foldOf(live));
    },
  },
  {
    rule: 'P15',
    name: 'runs.list pages through the runs with a label, newest first, each once',
    async run(kit) {
      const wire = await kit.wire();
      const labels = { verify: kit.newCommandId() };
      const ids: string[] = [];
      for (let index = 0; index < 5; index += 1) {
        ids.unshift((await kit.start(wire, { labels, shape: stalling, roles: ['documenter'] })).runId);
        await new Promise<void>((resolve) => kit.context.clock.after(3, resolve));
      }
      const listed: RunSummary[] = [];
      for (let before: string | undefined, page = 0; page < 9; page += 1) {
        const { items, next } = dataOf(
          await wire.ask('query', 'runs.list', { labels, limit: 2, ...(before !== undefined && { before }) }),
        ) as RunPage;
        holds(items.length <= 2, 'at most two on a page', items.length);
        listed.push(...items);
        before = next;
        if (next === undefined) break;
      }
      same(
        'the runs, newest first',
        listed.map(({ runId }) => runId),
        ids,
      );
      const completed = dataOf(
        await wire.ask('query', 'runs.list', { labels, status: ['completed'] }),
      ) as RunPage;
      same('those that have completed', completed.items, []);
    },
  },
  {
    rule: 'P15',
    name: 'the feed from feedCursor has everything that the page does not have',
    async run(kit) {
      const wire = await kit.wire();
      const { feedCursor } = dataOf(await wire.ask('query', 'runs.list', { limit: 1 })) as RunPage;
      const { runId } = await kit.start(wire, { roles: ['documenter'] });
      const feed = wire.subscribe('runs.feed', {}, feedCursor);
      const queued = await feed.first(
        (event) => event.type === 'run.queued' && event.runId === runId,
        'run.queued of a later run',
      );
      same('its seq', queued.event.seq, 1);
    },
  },
  {
    rule: 'P16',
    name: 'server.info has the fields of its shape, and limits that are numbers',
    async run(kit) {
      const info = dataOf(await (await kit.wire()).ask('query', 'server.info'));
      same('what is wrong with it', problemsOf(ServerInfo, info), []);
    },
  },
  {
    rule: 'V1',
    name: 'without authentication the owner is local, and so is the actor',
    async run(kit) {
      const { owner, actor } = foldOf(await wholeRun(kit));
      if (actor.kind !== 'anonymous') throw new CheckSkipped('this server authenticates callers');
      same('owner and actor', [owner, actor], ['local', { id: 'local', kind: 'anonymous' }]);
    },
  },
  {
    rule: 'V5',
    name: 'a summary has the first 200 chars of the task, and the open attempt',
    async run(kit) {
      const wire = await kit.wire();
      const labels = { verify: kit.newCommandId() };
      const task = 'A long task. '.repeat(40).trim();
      const { events } = await kit.begin(wire, { task, labels, shape: stalling, roles: ['documenter'] });
      await hasText(events, { stage: 1, attempt: 1 });
      const { items } = dataOf(await wire.ask('query', 'runs.list', { labels })) as RunPage;
      same('its task', items[0]?.task, task.slice(0, 200));
      same('the current attempt', items[0]?.current, { stage: 1, role: 'documenter', attempt: 1 });
    },
  },
  {
    rule: 'V7',
    name: 'reviews has one entry for each attempt of a reviewer, oldest first, and review is the last one',
    async run(kit) {
      for (const record of [wholeRun, failingRun]) {
        const entries = await record(kit);
        const { runId } = entries[0]?.event ?? {};
        const attempts = eventsOf(entries).flatMap((event) =>
          event.type === 'review.noted' || event.type === 'review.recorded'
            ? [`${event.stage}.${event.attempt}`]
            : [],
        );
        const got = dataOf(await (await kit.wire()).ask('query', 'runs.get', { runId })) as RunState;
        same(
          'the attempts of the reviews',
          got.reviews.map(({ stage, attempt }) => `${stage}.${attempt}`),
          [...new Set(attempts)],
        );
        same('the last of them', got.reviews.at(-1), got.review);
      }
    },
  },
  {
    rule: 'V3',
    name: 'ttftMs is at most durationMs, and the duration of a run starts at run.started',
    async run(kit) {
      const entries = await wholeRun(kit);
      for (const event of eventsOf(entries)) {
        if (event.type !== 'stage.completed') continue;
        holds(event.ttftMs <= event.durationMs, 'ttftMs of at most durationMs', event);
      }
      const { startedAt = '', endedAt = '' } = foldOf(entries);
      const last = entries.at(-1)?.event;
      const lastedMs = Date.parse(endedAt) - Date.parse(startedAt);
      const saidMs = last?.type === 'run.completed' ? last.durationMs : NaN;
      holds(Math.abs(saidMs - lastedMs) <= 50, `a duration of about ${lastedMs} ms`, saidMs);
    },
  },
  {
    rule: 'V2',
    name: 'every ended attempt has usage',
    async run(kit) {
      for (const record of [wholeRun, failingRun, commandedRun]) {
        const { stages } = foldOf(await record(kit));
        const without = stages.flatMap(({ attempts }) => attempts.filter(({ usage }) => usage === null));
        same('attempts without usage', without, []);
      }
    },
  },
];

function foldOf(entries: readonly Entry[]): RunState {
  let state: RunState | undefined;
  for (const { event } of entries) {
    if (state === undefined && isTransient(event)) continue;
    holds(state !== undefined || event.type === 'run.queued', 'run.queued as the first event', event.type);
    state = fold(state, event);
  }
  holds(state !== undefined, 'a run with events', 'none');
  return state;
}

/** The violations of the schema, except additions of a later version (K1). */
function problemsOf(schema: z.ZodType, value: unknown): readonly string[] {
  const { error } = schema.safeParse(value);
  return (error?.issues ?? []).flatMap((issue) => {
    const isLaterType =
      issue.code === 'invalid_union' &&
      issue.path.join() === 'type' &&
      typeof memberOf(value, 'type') === 'string';
    if (issue.code === 'unrecognized_keys' || isLaterType) return [];
    return [`${issue.path.join('.')}: ${issue.message}`];
  });
}
