import type { FeedEvent, RunPage, StartReceipt } from '@stagewire/shared';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BareSocket } from '../support/bare-socket.ts';
import { ownersRuns, startOwnersApp, type OwnersApp, type OwnersCaller } from '../support/owners-app.ts';

const ann = { owners: ['ann'] };
const bob = { owners: ['bob'] };
const both = { owners: ['bob', 'ann'] };
const admin: OwnersCaller = { owners: ['root'], permissions: ['admin'] };
const foreign = { owner: 'carl' };
const unknown = { owner: 'no such owner' };

let app: OwnersApp;
beforeAll(async () => {
  app = await startOwnersApp(['ann', 'bob', 'carl', 'local', 'root']);
});
afterAll(() => app?.[Symbol.asyncDispose]());

const page = async (from: OwnersCaller, input: object = {}) =>
  (await app.call('runs.list', from, input)).data as unknown as RunPage;
const ownersIn = ({ items }: RunPage) => new Set(items.map(({ owner }) => owner));
const codeOf = async (path: string, from: OwnersCaller, input: object) =>
  (await app.call(path, from, input)).error?.data.stagewire.code;
let ids = 0;
const newId = () => `run_started-here-${(ids += 1)}`;
const start = async (from: OwnersCaller, input: object = {}) => {
  const started = await app.call('runs.start', from, { task: 'Build it', ...input });
  return (started.data as unknown as StartReceipt).runId;
};
const ownerOf = async (runId: string) =>
  ((await app.call('runs.get', admin, { runId })).data as unknown as { owner: string }).owner;

describe('a list', () => {
  test('is of all owners of the caller, in pages, or of one of them', async () => {
    const found: string[] = [];
    let before: string | undefined;
    do {
      const part = await page(both, { limit: 1, ...(before !== undefined && { before }) });
      found.push(...part.items.map(({ runId }) => runId));
      before = part.next;
    } while (before !== undefined);
    const { of } = ownersRuns;
    expect(found.filter((runId) => runId.includes('kept'))).toEqual([
      of('bob', 2),
      of('ann', 2),
      of('bob'),
      of('ann'),
    ]);
    expect(ownersIn(await page(both, { owner: 'ann' }))).toEqual(new Set(['ann']));
    expect(ownersIn(await page(ann))).toEqual(new Set(['ann']));
    expect(ownersIn(await page(both, { search: 'run_ann-kept-0001' }))).toEqual(new Set(['ann']));
    expect((await page(both, { search: 'run_carl-kept-0001' })).items).toEqual([]);
  });

  test.each(['runs.list', 'runs.start'])(
    '%s of a foreign owner is FORBIDDEN, whether or not it exists',
    async (path) => {
      const task = path === 'runs.start' ? { task: 'Build it', runId: ownersRuns.of('ann') } : {};
      const [one, other] = [
        await app.call(path, both, { ...task, ...foreign }),
        await app.call(path, both, { ...task, ...unknown }),
      ];
      expect(one.error?.data.stagewire.code).toBe('FORBIDDEN');
      expect(one).toEqual(other);
    },
  );
});

describe('a feed', () => {
  const eventsOf = async (socket: BareSocket, id: number, until: string): Promise<FeedEvent[]> => {
    const events: FeedEvent[] = [];
    for (;;) {
      const { result, error } = await socket.next(id);
      if (error !== undefined) throw new Error(error.data.stagewire.code);
      const { data: event } = (result?.data ?? {}) as { data?: FeedEvent };
      if (event === undefined) continue;
      events.push(event);
      if (event.type === 'run.completed' && event.runId === until) return events;
    }
  };
  const runsOf = (events: readonly FeedEvent[]) =>
    new Set(events.flatMap((event) => ('runId' in event ? [event.runId] : [])));

  test('has the events of all owners of the caller, or of one of them, and no others', async () => {
    await using everything = await app.open(both);
    await using one = await app.open(both);
    const { feedCursor: lastEventId } = await page(both);
    const ofBoth = everything.subscribe('runs.feed', { lastEventId });
    const ofAnn = one.subscribe('runs.feed', { lastEventId, owner: 'ann' });
    const carls = await start({ owners: ['carl'] });
    const bobs = await start(bob);
    const anns = await start(both, { owner: 'ann' });
    const last = await start(ann);
    // The runs are executed at the same time: the last one need not end last.
    const seen = runsOf(await eventsOf(everything, ofBoth, last));
    expect(seen.has(carls)).toBe(false);
    for (const runId of [bobs, anns, last]) expect(seen, runId).toContain(runId);
    const seenOfAnn = runsOf(await eventsOf(one, ofAnn, last));
    expect(seenOfAnn).toEqual(new Set([anns, last]));
  });

  test('of a foreign owner is FORBIDDEN, whether or not it exists', async () => {
    await using socket = await app.open(both);
    const [one, other] = [
      await socket.next(socket.subscribe('runs.feed', foreign)),
      await socket.next(socket.subscribe('runs.feed', unknown)),
    ];
    expect(one.error?.data.stagewire.code).toBe('FORBIDDEN');
    expect(one.error).toEqual(other.error);
  });
});

describe('a start', () => {
  test('is for the first owner of the caller, or for the one that it names', async () => {
    expect(await ownerOf(await start(both))).toBe('bob');
    expect(await ownerOf(await start(both, { owner: 'ann' }))).toBe('ann');
    expect(await ownerOf(await start(admin, foreign))).toBe('carl');
  });

  test('from another run is for the owner of that run, if the caller has it', async () => {
    const from = { from: { runId: ownersRuns.of('ann') } };
    expect(await ownerOf(await start(both, from))).toBe('ann');
    expect(await ownerOf(await start(both, { ...from, owner: 'bob' }))).toBe('bob');
    expect(await ownerOf(await start(admin, from))).toBe('root');
    expect(await codeOf('runs.start', bob, { task: 'Build it', ...from })).toBe('RUN_NOT_FOUND');
  });

  test('for a foreign owner is FORBIDDEN before anything is revealed about a run', async () => {
    for (const runId of [ownersRuns.of('carl'), ownersRuns.deleted('bob'), newId()]) {
      const input = { task: 'Build it', runId, from: { runId: ownersRuns.of('carl') }, ...foreign };
      expect(await codeOf('runs.start', bob, input)).toBe('FORBIDDEN');
    }
  });

  test('with an id that is taken conflicts in the same words, whoever owns the run', async () => {
    const runId = newId();
    const body = { task: 'Build it', runId };
    await start(ann, { runId });
    const conflictOf = async (
      from: OwnersCaller,
      input: { readonly runId: string; readonly task: string },
    ) => {
      const { error, status } = await app.call('runs.start', from, input);
      const { message = '', data } = error ?? {};
      return { status, message: message.replace(input.runId, 'RUN'), code: data?.stagewire.code };
    };
    const expected = await conflictOf(ann, { ...body, task: 'Another' });
    expect(expected).toMatchObject({ status: 409, code: 'RUN_ID_CONFLICT' });
    const removed = [ownersRuns.of, ownersRuns.deleted, ownersRuns.expired].map((of) => of('carl'));
    for (const taken of [runId, ...removed, ownersRuns.expiredBefore]) {
      expect(await conflictOf(bob, { ...body, runId: taken }), taken).toEqual(expected);
    }
    // Only its owner learns that a run was removed.
    const own = await conflictOf(bob, { ...body, runId: ownersRuns.deleted('bob') });
    expect(own.message).toContain('was deleted, or removed by retention');
    expect(await app.call('runs.start', ann, body)).toMatchObject({ data: { runId } });
  });
});

describe('a run that is gone', () => {
  const pathsOf = (runId: string) => ({
    'runs.get': { runId },
    'runs.files': { runId },
    'runs.prompt': { runId, stage: 1, attempt: 1 },
    'runs.delete': { runId },
    'runs.cancel': { runId, commandId: crypto.randomUUID(), target: 'run' },
  });
  const codesOf = async (from: OwnersCaller, runId: string) => {
    const codes = await Promise.all(
      Object.entries(pathsOf(runId)).map(async ([path, input]) => await codeOf(path, from, input)),
    );
    await using socket = await app.open(from);
    const { error } = await socket.next(socket.subscribe('runs.events', { runId }));
    return new Set([...codes, error?.data.stagewire.code]);
  };

  test('has expired for its owner and for an admin, and does not exist for others', async () => {
    for (const gone of [ownersRuns.expired('carl')]) {
      expect(await codesOf({ owners: ['carl'] }, gone)).toEqual(new Set(['RUN_EXPIRED']));
      expect(await codesOf({ owners: ['ann', 'carl'] }, gone)).toEqual(new Set(['RUN_EXPIRED']));
      expect(await codesOf(admin, gone)).toEqual(new Set(['RUN_EXPIRED']));
      expect(await codesOf(both, gone)).toEqual(new Set(['RUN_NOT_FOUND']));
    }
    const deleted = ownersRuns.deleted('carl');
    expect(await codesOf({ owners: ['carl'] }, deleted)).toEqual(new Set(['RUN_EXPIRED', undefined]));
    expect(await codesOf(both, deleted)).toEqual(new Set(['RUN_NOT_FOUND']));
  });

  test('from a version that did not keep the owner was of the owner local', async () => {
    expect(await codesOf({ owners: ['ann', 'local'] }, ownersRuns.expiredBefore)).toEqual(
      new Set(['RUN_EXPIRED']),
    );
    expect(await codesOf(both, ownersRuns.expiredBefore)).toEqual(new Set(['RUN_NOT_FOUND']));
  });
});

describe('an admin', () => {
  test('lists its own runs, and those of another owner only by naming it', async () => {
    expect(ownersIn(await page(admin))).toEqual(new Set(['root']));
    expect(ownersIn(await page(admin, foreign))).toEqual(new Set(['carl']));
    expect((await page(admin, unknown)).items).toEqual([]);
    expect(ownersIn(await page(admin, { owner: 'local' }))).toEqual(new Set(['local']));
  });

  test('leaves a line in the audit log for each access to another owner, without a text', async () => {
    app.logged.length = 0;
    const runId = ownersRuns.of('carl');
    await page(admin);
    await app.call('runs.get', admin, { runId: ownersRuns.of('root') });
    await app.call('runs.get', admin, { runId: 'run_missing-0000001' });
    for (const from of [ann, bob, both]) await app.call('runs.get', from, { runId });
    expect(app.logged.filter(({ audit }) => audit === true)).toEqual([]);

    await app.call('runs.get', admin, { runId });
    await page(admin, { owner: 'bob' });
    await app.call('runs.steer', admin, {
      runId,
      commandId: crypto.randomUUID(),
      text: 'a secret instruction',
      expect: 'any',
    });
    const from = await start(admin, { from: { runId } });
    const started = await start(admin, { owner: 'bob', task: 'a secret task' });
    await using socket = await app.open(admin);
    await socket.until(socket.subscribe('runs.events', { runId }), 'run.completed');
    await socket.next(socket.subscribe('runs.feed', { owner: 'ann' }));
    await (
      await fetch(`${app.url}/api/stream/events/${runId}`, {
        headers: { 'x-caller': JSON.stringify(admin) },
      })
    ).text();
    const actor = 'user:root';
    const message = expect.any(String) as unknown;
    const line = (procedure: string, owner: string, run = {}) => ({
      audit: true,
      actor,
      owner,
      procedure,
      ...run,
      message,
    });
    expect(app.logged.filter(({ audit }) => audit === true)).toEqual([
      line('runs.get', 'carl', { runId }),
      line('runs.list', 'bob'),
      line('runs.steer', 'carl', { runId }),
      line('runs.start', 'carl', { runId }),
      line('runs.start', 'bob', { runId: started }),
      line('runs.events', 'carl', { runId }),
      line('runs.feed', 'ann'),
      line('runs.events', 'carl', { runId }),
    ]);
    expect(await ownerOf(from)).toBe('root');
    expect(JSON.stringify(app.logged)).not.toContain('secret');
  });
});
