import { isTransient, type Receipt, type RunEvent } from '@stagewire/shared';
import type { Check } from './check.ts';
import { fits, holds, same } from './expectation.ts';
import { eventsOf, hasText, stalling } from './rehearsed-runs.ts';
import { dataOf, startInput, type CheckTools } from './verify-kit.ts';
import type { BareWire, Entry } from './bare-wire.ts';

/** P68 and A25: several nodes behave as one server. Each check uses at least two; skipped with one address. */
export const checksOfNodes: readonly Check[] = [
  {
    rule: 'A25',
    name: 'every node takes a command for a run that was started at another, and all subscribers get its one outcome',
    async run(kit) {
      const { runId, at, events } = await stalledRun(kit);
      const steer = { runId, text: 'Shorter', expect: { stage: 1 } };
      const { commandId } = dataOf(await kit.command(at[1], 'runs.steer', steer)) as Receipt;
      dataOf(await kit.command(at[1], 'runs.cancel', { runId, target: 'run' }));
      for (const subscription of events) {
        const received = eventsOf(await subscription.ended());
        const about = received.filter((event) => 'commandId' in event && event.commandId === commandId);
        same(
          'the events about it',
          about.map(({ type }) => type),
          ['command.accepted', 'command.applied'],
        );
      }
    },
  },
  {
    rule: 'P68',
    also: ['C1'],
    name: 'a command that is sent to all nodes at once is accepted once, with the same receipt at each, also after the end',
    async run(kit) {
      const { runId, at, events } = await stalledRun(kit);
      const steer = { runId, commandId: kit.newCommandId(), text: 'Shorter', expect: 'any' };
      const send = () => Promise.all(at.map((wire) => kit.command(wire, 'runs.steer', steer)));
      const [first, ...others] = (await send()).map(dataOf);
      for (const receipt of others) same('the receipt of another node', receipt, first);
      dataOf(await kit.command(at[1], 'runs.cancel', { runId, target: 'run' }));
      const received = eventsOf((await events[0]?.ended()) ?? []);
      for (const frame of await send()) same('the receipt after the end', dataOf(frame), first);
      const accepted = received.filter(({ type }) => type === 'command.accepted');
      same('how many were accepted, the cancel included', accepted.length, 2);
    },
  },
  {
    rule: 'P68',
    also: ['P4'],
    name: 'a start that is sent to all nodes at once starts one run, with the same receipt at each',
    async run(kit) {
      const at = await kit.wires();
      const runId = kit.newRunId();
      const input = startInput({ runId, roles: ['documenter'] });
      const frames = await Promise.all(at.map((wire) => wire.ask('mutation', 'runs.start', input)));
      const [first, ...others] = frames.map(dataOf);
      for (const receipt of others) same('the receipt of another node', receipt, first);
      const events = await Promise.all(at.map((wire) => allOf(wire, runId)));
      for (const received of events) {
        same(
          'how often it was queued',
          received.filter(({ event }) => event.type === 'run.queued').length,
          1,
        );
      }
    },
  },
  {
    rule: 'P68',
    name: 'what a node has answered is seen by the next call at another: a start, a command, the end',
    async run(kit) {
      const { runId, at } = await stalledRun(kit);
      const stateAt = async (wire: BareWire) => dataOf(await wire.ask('query', 'runs.get', { runId }));
      fits('the state at another node', await stateAt(at[1]), { runId, status: 'running' });
      const steer = { runId, text: 'Shorter', mode: 'next', expect: 'any' };
      const { commandId } = dataOf(await kit.command(at[0], 'runs.steer', steer)) as Receipt;
      const { commands } = (await stateAt(at[1])) as { commands: readonly { commandId: string }[] };
      holds(
        commands.some((command) => command.commandId === commandId),
        'the command in the state at another node',
        commands,
      );
      dataOf(await kit.command(at[1], 'runs.cancel', { runId, target: 'run' }));
      await allOf(at[1], runId);
      fits('the state at the first node', await stateAt(at[0]), { status: 'cancelled' });
      const page = dataOf(await at[0].ask('query', 'runs.list', { search: runId, limit: 5 }));
      const { items } = page as { items: readonly { runId: string; status: string }[] };
      same(
        'the list',
        items.map((item) => [item.runId, item.status]),
        [[runId, 'cancelled']],
      );
    },
  },
  {
    rule: 'P68',
    also: ['D5'],
    name: 'a cursor of one node is valid at every other, which then sends exactly the rest of the run',
    async run(kit) {
      const at = await kit.wires();
      const { events } = await kit.begin(at[0], { roles: ['coder', 'documenter'] });
      const all = (await events.ended()).filter(({ event }) => event.seq > 0);
      for (const share of [0, 0.3, 0.6, 0.95]) {
        const entry = all[Math.floor(share * all.length)];
        if (entry === undefined) continue;
        for (const wire of at.slice(1)) {
          const rest = await allOf(wire, entry.event.runId, entry.cursor);
          const first = rest[0]?.event;
          if (first === undefined) same('the rest', entry, all.at(-1));
          else same('the first seq', firstSeqOf(first), entry.event.seq + 1);
          same('the last cursor', (rest.at(-1) ?? entry).cursor, all.at(-1)?.cursor);
        }
      }
    },
  },
  {
    rule: 'P68',
    also: ['D10'],
    name: 'subscribers at every node get heartbeats of a silent run',
    async run(kit) {
      const { events } = await stalledRun(kit);
      for (const subscription of events) {
        const isHeartbeat = ({ type }: { readonly type: string }) => type === 'stage.waiting';
        const first = await subscription.first(isHeartbeat, 'a heartbeat');
        await subscription.first(isHeartbeat, 'another heartbeat', subscription.entries.indexOf(first) + 1);
      }
    },
  },
  {
    rule: 'P68',
    also: ['R2'],
    name: 'all nodes send the feed in the same order, and a cursor of its feed from one node is valid at every other',
    async run(kit) {
      const at = await kit.wires();
      const labels = { verify: kit.newCommandId() };
      const feeds = at.map((wire) => wire.subscribe('runs.feed', { labels }));
      for (const feed of feeds)
        await feed.first(({ type }) => type === ('feed.opened' as string), 'feed.opened');
      const count = 4;
      for (let number = 0; number < count; number += 1) {
        await kit.start(at[number % at.length] ?? at[0], { labels, roles: ['documenter'] });
      }
      const orders: string[][] = [];
      for (const feed of feeds) {
        let after = 0;
        for (let ended = 0; ended < count; ended += 1) {
          const end = await feed.first(({ type }) => type === 'run.completed', 'the end of all runs', after);
          after = feed.entries.indexOf(end) + 1;
        }
        orders.push(feed.entries.slice(1, after).map(nameOf));
      }
      const [first = [], ...others] = orders;
      for (const order of others) same('the order at another node', order, first);
      const middle = Math.floor(first.length / 2);
      const cursor = feeds[0]?.entries[middle]?.cursor;
      for (const wire of at.slice(1)) {
        const resumed = wire.subscribe('runs.feed', { labels }, cursor);
        await resumed.first((event) => nameOf({ event }) === first.at(-1), 'the last event');
        same('the events after the cursor', resumed.entries.map(nameOf), first.slice(middle));
      }
    },
  },
];

/** A run that waits for commands, with a subscription at each node. */
async function stalledRun(kit: CheckTools) {
  const at = await kit.wires();
  const { runId } = await kit.start(at[0], { shape: stalling, roles: ['architect', 'coder'] });
  const events = at.map((wire) => wire.subscribe('runs.events', { runId }));
  for (const subscription of events) await hasText(subscription, { stage: 1, attempt: 1 });
  return { runId, at, events };
}

function allOf(wire: BareWire, runId: string, cursor?: string): Promise<readonly Entry[]> {
  return wire.subscribe('runs.events', { runId }, cursor).ended();
}

function firstSeqOf(event: RunEvent): number {
  return (isTransient(event) ? undefined : event.firstSeq) ?? event.seq;
}

function nameOf({ event }: Pick<Entry, 'event'>): string {
  return `${event.type} ${event.seq} of ${event.runId}`;
}
