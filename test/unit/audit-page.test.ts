import type { DurableEvent } from '@stagewire/shared';
import { AuditInput, type AuditEntry } from '@stagewire/shared/audit';
import { expect, test } from 'vitest';
import { auditPage } from '../../server/api/audit-page.ts';
import type { AuditTrail, StoredAuditRecord } from '../../server/identity/audit-trail.ts';
import type { GlobalEntry } from '../../server/log/event-log.ts';

const hourMs = 60 * 60 * 1000;
const noon = Date.parse('2026-11-28T12:00:00.000Z');
const at = (minutes: number) => new Date(noon + minutes * 60_000).toISOString();

const actor = { id: 'key:ada', kind: 'user' as const, name: 'ada' };

/** A log with these events in this order, of which only what the procedure reads exists. */
function logOf(events: readonly object[]) {
  const entries = events.map(
    (event, index) =>
      ({ epoch: 1, globalPosition: index + 1, event, owner: 'ada' }) as unknown as GlobalEntry,
  );
  let looks = 0;
  return {
    looks: () => looks,
    readAll: async ({ after, limit }: { after: number; limit: number }) => {
      looks += 1;
      return entries.filter(({ globalPosition }) => globalPosition > after).slice(0, limit);
    },
    read: async (runId: string, { after, limit }: { after: number; limit: number }) =>
      entries
        .filter(({ event }) => event.runId === runId && event.seq > after)
        .slice(0, limit)
        .map((entry) => ({
          epoch: 1,
          globalPosition: entry.globalPosition,
          event: entry.event as DurableEvent,
        })),
    head: async () => undefined,
    ownerOf: async () => 'ada',
    lastGlobalPosition: async () => entries.length,
  };
}

function trailOf(minutes: readonly number[]): AuditTrail {
  const records = minutes.map((minute, index): StoredAuditRecord => ({
    kind: 'key',
    actor: { id: 'key:root' },
    owner: 'ada',
    procedure: 'keys.create',
    subject: `key-${minute}`,
    atMs: noon + minute * 60_000,
    number: index + 1,
    times: 1,
  }));
  return {
    record: () => undefined,
    list: async ({ after, limit }) =>
      records
        .filter((it) => it.atMs > after.atMs || (it.atMs === after.atMs && it.number > after.number))
        .slice(0, limit),
  };
}

const cancel = (minute: number, rest: object = {}) => ({
  type: 'command.accepted',
  runId: 'run_1',
  seq: minute + 1,
  at: at(minute),
  commandId: `cancel-${minute}`,
  actor,
  command: { kind: 'cancel', reason: 'words of a user' },
  ...rest,
});
const other = (minute: number, rest: object = {}) => ({
  type: 'run.started',
  runId: 'run_1',
  seq: minute + 1,
  at: at(minute),
  ...rest,
});

/** All pages of a call. */
async function pages(
  input: Partial<AuditInput>,
  options: { readonly log: ReturnType<typeof logOf>; readonly auditTrail?: AuditTrail },
) {
  const items: AuditEntry[] = [];
  let after: string | undefined;
  do {
    const wanted = AuditInput.parse({ since: at(0), ...input, ...(after !== undefined && { after }) });
    const page = await auditPage(wanted, options);
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}

const subjects = (items: readonly AuditEntry[]) => items.map(({ subject }) => subject);

test.each([1, 2, 3, 100])('both sources are merged in the order of time, in pages of %i', async (limit) => {
  const log = logOf(
    Array.from({ length: 1500 }, (_, minute) => (minute % 300 === 7 ? cancel : other)(minute)),
  );
  const auditTrail = trailOf([3, 7, 8, 306, 1000, 1499]);
  expect(subjects(await pages({ limit }, { log, auditTrail }))).toEqual([
    'key-3',
    'cancel-7',
    'key-7',
    'key-8',
    'key-306',
    'cancel-307',
    'cancel-607',
    'cancel-907',
    'key-1000',
    'cancel-1207',
    'key-1499',
  ]);
});

test('more records than a page looks at are not shown before what is older in the log', async () => {
  const log = logOf([cancel(1), cancel(2000), cancel(2001)]);
  const auditTrail = trailOf(Array.from({ length: 1999 }, (_, index) => index + 1));
  const found = await pages({ limit: 200 }, { log, auditTrail });
  expect(found).toHaveLength(2002);
  expect(found.map((entry) => entry.at)).toEqual(found.map((entry) => entry.at).toSorted());
});

test('it begins at `since`, although copies of older runs have older instants, and looks at little before it', async () => {
  const copies = Array.from({ length: 100 }, (_, index) =>
    cancel(-50_000, { inheritedFrom: { seq: index + 1, at: at(-50_000) }, seq: index + 1 }),
  );
  const before = Array.from({ length: 5000 }, (_, index) => other(index - 5000 - 60));
  const log = logOf([...before, ...copies, cancel(-1), cancel(1), ...copies, cancel(2)]);
  expect(subjects(await pages({}, { log }))).toEqual(['cancel-1', 'cancel-2']);
  expect(log.looks()).toBeLessThan(250);
});

test('an event that was committed late, by a node whose clock is behind, is not missed', async () => {
  const log = logOf([other(-120), cancel(1), other(-5), other(-4), cancel(2)]);
  expect(subjects(await pages({}, { log }))).toEqual(['cancel-1', 'cancel-2']);
});

test('it is filtered by actor, by owner and by run, and has no text of a command', async () => {
  const log = logOf([cancel(1), cancel(2, { runId: 'run_2', actor: { id: 'key:bob', kind: 'bot' } })]);
  const auditTrail = trailOf([3]);
  expect(subjects(await pages({ actor: 'ada' }, { log, auditTrail }))).toEqual(['cancel-1']);
  expect(subjects(await pages({ actor: 'key:bob' }, { log, auditTrail }))).toEqual(['cancel-2']);
  expect(subjects(await pages({ runId: 'run_0000000001' }, { log, auditTrail }))).toEqual([]);
  expect(subjects(await pages({ owner: 'someone else' }, { log, auditTrail }))).toEqual([]);
  expect(await pages({}, { log })).toMatchObject([
    {
      procedure: 'runs.cancel',
      actor: { id: 'key:ada', name: 'ada' },
      owner: 'ada',
      runId: 'run_1',
      at: at(1),
    },
    { procedure: 'runs.cancel', actor: { id: 'key:bob' }, runId: 'run_2' },
  ]);
  expect(JSON.stringify(await pages({}, { log }))).not.toContain('words');
});

test('a token that is not of this procedure is rejected', async () => {
  const input = AuditInput.parse({ since: new Date(noon - hourMs).toISOString(), after: 'x~1' });
  await expect(auditPage(input, { log: logOf([]) })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});
