import { isDelta, isTransient, type RunEvent } from '@stagewire/shared';
import type { Entry, BareSubscription } from './bare-wire.ts';
import { isDeletion } from './checks-of-deletion.ts';
import type { Check } from './check.ts';
import { holds, same } from './expectation.ts';
import { normalForm } from './normal-form.ts';
import { rejectedWith } from './rejections.ts';
import { eventsOf } from './rehearsed-runs.ts';
import type { CheckTools } from './verify-kit.ts';

/** R1 to R5: the events of all runs. */
export const checksOfTheFeed: readonly Check[] = [
  {
    rule: 'R3',
    name: 'without a cursor the feed starts with feed.opened, which has neither runId nor seq, and whose id is its cursor',
    async run(kit) {
      const feed = (await kit.wire()).subscribe('runs.feed', {});
      const opened = await openedOf(feed);
      same('its fields', Object.keys(opened.event).toSorted(), ['at', 'cursor', 'type']);
      same('its cursor', opened.cursor, (opened.event as unknown as { cursor: string }).cursor);
    },
  },
  {
    rule: 'R1',
    also: ['R4'],
    name: 'the feed has all events of a run except deltas and input.recorded, in order, and can be filtered by labels',
    async run(kit) {
      const { own, all } = await watched(kit, {});
      same(
        'the events',
        own,
        all.filter((event) => !isDelta(event) && event.type !== 'input.recorded'),
      );
    },
  },
  {
    rule: 'R2',
    name: 'after a cursor, the feed has every event committed later, exactly once',
    async run(kit) {
      const { feed, labels } = await watched(kit, {});
      const middle = Math.floor(feed.entries.length / 2);
      const resumed = (await kit.wire()).subscribe('runs.feed', { labels }, feed.entries[middle]?.cursor);
      await resumed.first((event) => event.type === 'run.completed', 'the run’s end');
      same('the events after it', eventsOf(resumed.entries), eventsOf(feed.entries.slice(middle + 1)));
    },
  },
  {
    rule: 'R2',
    name: 'a cursor of a run is rejected with CURSOR_INVALID by the feed',
    async run(kit) {
      const wire = await kit.wire();
      const { cursor } = await kit.start(wire, { roles: ['documenter'] });
      for (const odd of [cursor, 'garbage', '']) {
        const error = await wire.subscribe('runs.feed', { lastEventId: odd }).rejection();
        rejectedWith({ error }, 'CURSOR_INVALID', `the cursor ${JSON.stringify(odd)}`);
      }
    },
  },
  {
    rule: 'R5',
    name: 'with text, the feed also has deltas, each before any event that was committed later',
    async run(kit) {
      const { own, all } = await watched(kit, { include: { text: true } });
      const expected = all.filter(
        (event) => event.type !== 'stage.reasoning' && event.type !== 'input.recorded',
      );
      same('the events', normalForm(own), normalForm(expected));
    },
  },
  {
    rule: 'R5',
    name: 'a delta of the feed repeats the cursor sent last',
    async run(kit) {
      const { feed } = await watched(kit, { include: { text: true } });
      holds(
        feed.entries.some(({ event }) => isDelta(event)),
        'deltas',
        'none',
      );
      for (const [index, { event, cursor }] of feed.entries.entries()) {
        if (isDelta(event)) same('the cursor of a delta', cursor, feed.entries[index - 1]?.cursor);
      }
    },
  },
];

/** A run, received through the feed and through its own subscription. */
async function watched(kit: CheckTools, input: object) {
  const labels = { verify: kit.newCommandId() };
  const wire = await kit.wire();
  const feed = wire.subscribe('runs.feed', { ...input, labels });
  await openedOf(feed);
  // Without the label: must not be received.
  await kit.start(wire, { roles: ['documenter'] });
  const files = [{ path: 'a.txt', text: 'a' }];
  const { events } = await kit.begin(wire, { labels, files, roles: ['coder', 'documenter'] });
  const all = eventsOf(await events.ended()).filter((event) => !isTransient(event));
  await feed.first((event) => event.type === 'run.completed', 'the run’s end in the feed');
  // Deletions of any run are in it, also by others.
  const own = eventsOf(feed.entries.slice(1)).filter((event) => !isDeletion(event));
  return { feed, labels, own: own.map(withoutFirstSeq), all: all.map(withoutFirstSeq) };
}

async function openedOf(feed: BareSubscription): Promise<Entry> {
  const opened = await feed.first(() => true, 'feed.opened');
  same('the first event', opened.event.type, 'feed.opened');
  return opened;
}

function withoutFirstSeq(event: RunEvent): RunEvent {
  const { firstSeq: _wireOnly, ...rest } = event;
  return rest;
}
