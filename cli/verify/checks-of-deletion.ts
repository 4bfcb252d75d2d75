import type { DeleteReceipt, RunPage } from '@stagewire/shared';
import type { BareSubscription, BareWire, Entry } from './bare-wire.ts';
import type { Check } from './check.ts';
import { fits, holds, same } from './expectation.ts';
import { rejectedWith } from './rejections.ts';
import { stalling } from './rehearsed-runs.ts';
import { dataOf, startInput, type CheckTools } from './verify-kit.ts';

/** P24, P28 and R6: deletion of runs, and the search of the list. */
export const checksOfDeletion: readonly Check[] = [
  {
    rule: 'P24',
    name: 'a run that has not ended is RUN_NOT_ENDED, and continues',
    async run(kit) {
      const wire = await kit.wire();
      const { runId } = await kit.begin(wire, { shape: stalling, roles: ['documenter'] });
      const error = rejectedWith(await wire.ask('mutation', 'runs.delete', { runId }), 'RUN_NOT_ENDED');
      fits('its details', error.data.stagewire.details, { runId });
      dataOf(await wire.ask('query', 'runs.get', { runId }));
    },
  },
  {
    rule: 'P24',
    also: ['P2', 'P4'],
    name: 'a deleted run is RUN_EXPIRED to every call, missing in the list, and its id is not used again',
    async run(kit) {
      const wire = await kit.wire();
      const labels = { verify: kit.newCommandId() };
      const input = { runId: kit.newRunId(), labels, roles: ['documenter'] };
      const { runId } = await ended(kit, wire, input);
      await deleted(wire, runId);
      const at = { runId, stage: 1, attempt: 1 };
      for (const [method, path, more] of [
        ['query', 'runs.get', { runId }],
        ['query', 'runs.files', { runId }],
        ['query', 'runs.prompt', at],
        ['mutation', 'runs.cancel', { runId, commandId: kit.newCommandId(), target: 'run' }],
      ] as const) {
        rejectedWith(await wire.ask(method, path, more), 'RUN_EXPIRED', path);
      }
      const rejected = await wire.subscribe('runs.events', { runId }).rejection();
      same('the error of a subscription', rejected.data.stagewire.code, 'RUN_EXPIRED');
      const { items } = dataOf(await wire.ask('query', 'runs.list', { labels })) as RunPage;
      same('runs in the list', items.length, 0);
      const again = await wire.ask('mutation', 'runs.start', startInput(input));
      rejectedWith(again, 'RUN_ID_CONFLICT', 'the same start again');
    },
  },
  {
    rule: 'P24',
    name: 'a deletion that is repeated returns the same receipt',
    async run(kit) {
      const wire = await kit.wire();
      const { runId } = await ended(kit, wire, { roles: ['documenter'] });
      const first = await deleted(wire, runId);
      same('its run', first.runId, runId);
      same('the second receipt', JSON.stringify(await deleted(wire, runId)), JSON.stringify(first));
      rejectedWith(await wire.ask('mutation', 'runs.delete', { runId: kit.newRunId() }), 'RUN_NOT_FOUND');
    },
  },
  {
    rule: 'R6',
    name: 'the feed sends run.deleted once: live, and after a resume from before, whatever labels it selects',
    async run(kit) {
      const wire = await kit.wire();
      const labels = { verify: kit.newCommandId() };
      const feed = wire.subscribe('runs.feed', { labels });
      const opened = await feed.first(() => true, 'feed.opened');
      const { runId, seq } = await ended(kit, wire, { roles: ['documenter'] });
      const { deletedAt, actor } = await deleted(wire, runId);
      const live = await deletionIn(feed, runId);
      fits('it', live.event, { runId, seq: seq + 1, at: deletedAt, actor });
      const resumed = (await kit.wire()).subscribe('runs.feed', {}, opened.cursor);
      const again = await deletionIn(resumed, runId);
      same('its cursor after a resume', again.cursor, live.cursor);
      fits('it after a resume', again.event, live.event);
      const own = resumed.entries.filter(({ event }) => event.runId === runId);
      same('events of the run', own.length, 1);
      // A later event shows that nothing of the run follows.
      const marker = await ended(kit, wire, { labels, roles: ['documenter'] });
      const later = (await kit.wire()).subscribe('runs.feed', {}, live.cursor);
      await later.first((event) => event.runId === marker.runId, 'a later run');
      holds(!later.entries.some(({ event }) => event.runId === runId), 'run.deleted once', 'twice');
    },
  },
  {
    rule: 'P28',
    name: 'a search finds words of the task and of labels in any case, and the beginning of the run id',
    async run(kit) {
      const wire = await kit.wire();
      const word = kit.newCommandId().slice(0, 13);
      const labels = { verify: `Straße ${word}` };
      const runId = kit.newRunId();
      await ended(kit, wire, { runId, labels, task: 'Ein Kürzel für URLs', roles: ['documenter'] });
      const found = async (search: string) => {
        const frame = await wire.ask('query', 'runs.list', { search, labels });
        return (dataOf(frame) as RunPage).items.length;
      };
      for (const search of [
        'kürzel urls',
        `KÜRZEL ${word.toUpperCase()}`,
        'STRASSE',
        'ku\u0308rzel',
        runId,
      ]) {
        same(`runs that fit ${JSON.stringify(search)}`, await found(search), 1);
      }
      for (const search of ['kürzel zebra', 'verify-of', runId.slice(4), '%']) {
        same(`runs that fit ${JSON.stringify(search)}`, await found(search), 0);
      }
      rejectedWith(await wire.ask('query', 'runs.list', { search: ' ' }), 'INVALID_INPUT');
    },
  },
];

/** A run that has ended, and the seq of its last event. */
async function ended(kit: CheckTools, wire: BareWire, input: object) {
  const { runId, events } = await kit.begin(wire, input);
  const entries = await events.ended();
  return { runId, seq: entries.at(-1)?.event.seq ?? 0 };
}

async function deleted(wire: BareWire, runId: string): Promise<DeleteReceipt> {
  return dataOf(await wire.ask('mutation', 'runs.delete', { runId })) as DeleteReceipt;
}

function deletionIn(feed: BareSubscription, runId: string): Promise<Entry> {
  return feed.first((event) => isDeletion(event) && event.runId === runId, 'run.deleted');
}

/** Entries are typed as those of a run, but the feed has deletions, too. */
export function isDeletion({ type }: { readonly type: string }): boolean {
  return type === 'run.deleted';
}
