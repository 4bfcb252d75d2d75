import { isDelta, isTransient, type RunEvent } from '@stagewire/shared';
import type { Entry } from './bare-wire.ts';
import { untestable, type Check } from './check.ts';
import { holds, same } from './expectation.ts';
import { normalForm } from './normal-form.ts';
import { rejectedWith } from './rejections.ts';
import { eventsOf, hasText, stalling, wholeRun } from './rehearsed-runs.ts';
import { sequenceProblems } from '@stagewire/shared/invariants/event-sequence';

/** The tolerance for the server's timers and the network, in addition to the heartbeat interval. */
const lateMs = 250;

/** D1 to D12: order and completeness of events. */
export const checksOfDelivery: readonly Check[] = [
  {
    rule: 'D7',
    name: 'firstSeq ?? seq of every event is the last seq + 1, live and replayed',
    async run(kit) {
      const live = await wholeRun(kit);
      same('what is wrong with the sequence, live', sequenceProblems(eventsOf(live)), []);
      const wire = await kit.wire();
      const replayed = await wire.subscribe('runs.events', { runId: runOf(live) }).ended();
      same('what is wrong with the sequence, replayed', sequenceProblems(eventsOf(replayed)), []);
    },
  },
  {
    rule: 'D1',
    name: 'two subscribers of an active run receive the same events in the same order, apart from coalescing',
    async run(kit) {
      const wire = await kit.wire();
      const { runId, events } = await kit.begin(wire, {
        shape: 'ttft=0,tps=400,chars=400,seed=7',
        roles: ['coder', 'documenter'],
      });
      const others = [(await kit.wire()).subscribe('runs.events', { runId })];
      await hasText(events, { stage: 1, attempt: 1 });
      others.push((await kit.wire()).subscribe('runs.events', { runId }));
      const expected = normalForm(eventsOf(await events.ended()));
      for (const other of others)
        same('the events of the other subscriber', normalForm(eventsOf(await other.ended())), expected);
    },
  },
  {
    rule: 'D1',
    name: 'a subscription with a cursor gets every later event exactly once: from the start, the middle and the end',
    async run(kit) {
      const entries = await wholeRun(kit);
      const wire = await kit.wire();
      const inText = entries.findIndex(({ event }) => isDelta(event));
      for (const index of [
        0,
        inText,
        Math.floor(entries.length / 2),
        entries.length - 2,
        entries.length - 1,
      ]) {
        const at = entries[index];
        const resumed = eventsOf(
          await wire.subscribe('runs.events', { runId: runOf(entries) }, at?.cursor).ended(),
        );
        const where = `after seq ${at?.event.seq}`;
        same(`what is wrong with the sequence ${where}`, sequenceProblems(resumed, at?.event.seq ?? 0), []);
        same(`the events ${where}`, normalForm(resumed), normalForm(eventsOf(entries.slice(index + 1))));
      }
    },
  },
  {
    rule: 'D1',
    name: 'a subscriber that was disconnected within a text resumes there, even within a token',
    async run(kit) {
      const first = await kit.wire();
      const { runId, events } = await kit.begin(first, {
        shape: 'ttft=0,tps=300,chars=600,seed=7',
        roles: ['documenter'],
      });
      await hasText(events, { stage: 1, attempt: 1 });
      first.cut();
      const had = events.entries.slice();
      const second = await kit.wire();
      const rest = await second.subscribe('runs.events', { runId }, had.at(-1)?.cursor).ended();
      const both = eventsOf([...had, ...rest]);
      same('what is wrong with the sequence over both', sequenceProblems(both), []);
      const whole = await second.subscribe('runs.events', { runId }).ended();
      same('the events of both connections', normalForm(both), normalForm(eventsOf(whole)));
    },
  },
  untestable('D2', 'an event is sent only after it is in the log', 'the server would have to be killed'),
  {
    rule: 'D3',
    name: 'a disconnect cancels nothing',
    async run(kit) {
      const first = await kit.wire();
      const { runId, events } = await kit.begin(first, {
        shape: 'ttft=0,tps=300,chars=300,seed=7',
        roles: ['documenter'],
      });
      await hasText(events, { stage: 1, attempt: 1 });
      first.cut();
      const rest = await (await kit.wire()).subscribe('runs.events', { runId }).ended();
      same('how the run ended', rest.at(-1)?.event.type, 'run.completed');
    },
  },
  {
    rule: 'D4',
    name: 'a cursor is <epoch>-<seq>-<8 hex digits>, and that of an event names its seq',
    async run(kit) {
      for (const { event, cursor } of await wholeRun(kit)) {
        const [, seq] = /^[1-9]\d*-([1-9]\d*)-[0-9a-f]{8}$/.exec(cursor) ?? [];
        same(`the seq in the cursor ${cursor}`, Number(seq), event.seq);
      }
    },
  },
  {
    rule: 'D5',
    name: 'a cursor of another run, of the feed, ahead, malformed or very long is rejected with CURSOR_INVALID, and the connection stays open',
    async run(kit) {
      const entries = await wholeRun(kit);
      const last = entries.at(-1);
      const [epoch, , hash] = last?.cursor.split('-') ?? [];
      const wire = await kit.wire();
      const feed = await wire.subscribe('runs.feed', {}).first(() => true, 'feed.opened');
      const other = await kit.start(wire, { roles: ['documenter'] });
      const cursors = {
        'of another run': other.cursor,
        'of the feed': feed.cursor,
        ahead: `${epoch}-${(last?.event.seq ?? 0) + 1}-${hash}`,
        'of another epoch': `${Number(epoch) + 1}-${last?.event.seq}-${hash}`,
        negative: `${epoch}--1-${hash}`,
        malformed: 'garbage',
        empty: '',
        'a megabyte long': '9'.repeat(1_000_000),
      };
      for (const [kind, cursor] of Object.entries(cursors)) {
        const error = await wire
          .subscribe('runs.events', { runId: runOf(entries), lastEventId: cursor })
          .rejection();
        rejectedWith({ error }, 'CURSOR_INVALID', `a cursor ${kind}`);
      }
      await wire.subscribe('runs.events', { runId: runOf(entries) }).ended();
    },
  },
  {
    rule: 'D6',
    name: 'only deltas are coalesced',
    async run(kit) {
      const entries = await wholeRun(kit);
      const replayed = await (await kit.wire()).subscribe('runs.events', { runId: runOf(entries) }).ended();
      const odd = eventsOf([...entries, ...replayed]).filter((event) => {
        return (
          !isTransient(event) &&
          event.firstSeq !== undefined &&
          event.firstSeq !== event.seq &&
          !isDelta(event)
        );
      });
      same('other events with a firstSeq', odd, []);
    },
  },
  untestable('D8', 'overlaps at a hand-over can be trimmed', 'the server would have to drain'),
  {
    rule: 'D9',
    name: 'a late subscriber gets hundreds of deltas in tens of messages',
    async run(kit) {
      const live = await kit.record({
        // Slow enough for any log to commit each delta separately: those that arrive together are committed as one.
        shape: 'ttft=0,tps=400,chars=8000,reasoning=0,seed=7',
        roles: ['documenter'],
      });
      const replayed = await (await kit.wire()).subscribe('runs.events', { runId: runOf(live) }).ended();
      const seqs = live.at(-1)?.event.seq ?? 0;
      holds(seqs > 150, 'a run of more than 150 events', seqs);
      holds(replayed.length <= 60, `${seqs} events in at most 60 messages`, `${replayed.length} messages`);
    },
  },
  {
    rule: 'D10',
    name: `an active run is never silent for longer than heartbeatMs (tolerance ${lateMs} ms)`,
    async run(kit) {
      const { heartbeatMs } = kit.info;
      const { events } = await kit.begin(await kit.wire(), { shape: stalling, roles: ['documenter'] });
      const transient = (from: number) =>
        events.first((event) => isTransient(event), 'a transient event', from);
      await transient(0);
      const count = events.entries.length;
      await transient(count);
      await transient(events.entries.length);
      const times = events.entries.map(({ atMs }) => atMs);
      const longest = Math.max(...times.slice(1).map((atMs, index) => atMs - (times[index] ?? atMs)));
      holds(
        longest <= heartbeatMs + lateMs,
        `at most ${heartbeatMs + lateMs} ms`,
        `${Math.round(longest)} ms`,
      );
    },
  },
  {
    rule: 'D11',
    name: 'a transient event repeats the seq and the cursor sent last',
    async run(kit) {
      const { events } = await kit.begin(await kit.wire(), { shape: stalling, roles: ['documenter'] });
      await hasText(events, { stage: 1, attempt: 1 });
      await events.first((event) => event.type === 'stage.waiting', 'stage.waiting', events.entries.length);
      for (const [index, { event, cursor }] of events.entries.entries()) {
        if (!isTransient(event)) continue;
        const before = events.entries[index - 1];
        same('seq and cursor', [event.seq, cursor], [before?.event.seq, before?.cursor]);
      }
    },
  },
  {
    rule: 'E12',
    name: 'stage.waiting has the phase: first token, stalled model, backoff',
    async run(kit) {
      const waits = [
        ['ttft=60000', 'first-token'],
        [stalling, 'stalled'],
        ['ttft=0,tps=0,seed=7,fault=drop@10', 'backoff'],
      ] as const;
      const wire = await kit.wire();
      for (const [shape, phase] of waits) {
        const { events } = await kit.begin(wire, { shape, roles: ['documenter'] });
        const isIt = (event: RunEvent) => event.type === 'stage.waiting' && event.phase === phase;
        const { event } = await events.first(isIt, `stage.waiting with phase ${phase}`);
        const retryInMs = event.type === 'stage.waiting' ? event.retryInMs : undefined;
        holds((retryInMs !== undefined) === (phase === 'backoff'), 'retryInMs in a backoff only', event);
      }
    },
  },
  untestable(
    'D12',
    'a slow consumer does not affect others, and is disconnected with 4429',
    'needs half a minute and a full TCP buffer',
  ),
];

function runOf(entries: readonly Entry[]): string {
  const event = entries[0]?.event;
  holds(event !== undefined, 'a run with events', 'none');
  return event.runId;
}
