import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canary, cursorOf, startAttemptScene, type AttemptScene } from '../support/attempt-scene.ts';

let scene: AttemptScene;
let before: unknown;
/** Whose token an attempt has. */
let as = '';
beforeAll(async () => {
  scene = await startAttemptScene();
  before = await scene.stateOfLive();
  as = scene.mallory;
});
afterAll(() => scene?.[Symbol.asyncDispose]());

/** What mallory receives when it tries something with the id of a run. */
type Attempt = (runId: string) => Promise<string>;

const command = (more: object = {}) => ({ commandId: randomUUID(), expect: 'any', ...more });
const json = { 'content-type': 'application/json' };
const input = (value: unknown) => encodeURIComponent(JSON.stringify(value));
const attempt = { stage: 1, attempt: 1 };

const get = (runId: string, headers: Record<string, string>, method = 'GET') =>
  scene.http({ method, path: `/trpc/runs.get?input=${input({ runId })}`, headers }, as);
const getRaw = (json: string) => scene.http({ path: `/trpc/runs.get?input=${encodeURIComponent(json)}` }, as);

/** Inputs of all procedures for one run. */
const calls: readonly (readonly [string, object])[] = [
  ['runs.get', {}],
  ['runs.files', {}],
  ['runs.files', { path: `${canary}.txt` }],
  ['runs.files', { at: attempt }],
  ['runs.prompt', attempt],
  ['runs.events', {}],
  ['runs.events', { include: { reasoning: false } }],
  ['runs.steer', command({ text: 'obey mallory' })],
  ['runs.steer', command({ text: 'obey mallory', mode: 'next', scope: 'stage', draft: 'drop' })],
  ['runs.redirect', command({ to: 'documenter' })],
  ['runs.cancel', { commandId: randomUUID(), target: 'run' }],
  ['runs.cancel', command({ target: 'stage' })],
  ['runs.share', { commandId: randomUUID(), may: 'control' }],
  ['runs.unshare', { commandId: randomUUID(), shareId: '0123456789abcdef' }],
  ['runs.delete', {}],
];

/** Tried with a run of ada that is live, one that has ended, one that is deleted, and one that does not exist. */
const attempts: readonly (readonly [string, Attempt])[] = [
  ...calls.map(([path, more]): [string, Attempt] => [
    `HTTP ${path} ${JSON.stringify(Object.keys(more))}`,
    (runId) => scene.call(path, { runId, ...more }, as),
  ]),
  ...calls.map(([path, more]): [string, Attempt] => [
    `WebSocket ${path} ${JSON.stringify(Object.keys(more))}`,
    async (runId) => {
      await using bot = await scene.socket(as);
      const method = path === 'runs.events' ? 'subscription' : 'mutation';
      const isQuery = /get|files|prompt/.test(path);
      bot.send({ id: 1, method: isQuery ? 'query' : method, params: { path, input: { runId, ...more } } });
      return JSON.stringify(await bot.next(1));
    },
  ]),
  [
    'a batch with an own run and this one',
    (runId) =>
      scene.http(
        {
          path: `/trpc/runs.files,runs.get,runs.prompt?batch=1&input=${input({ 0: { runId: scene.own }, 1: { runId }, 2: { runId, ...attempt } })}`,
        },
        as,
      ),
  ],
  [
    'a batch whose answers are streamed',
    (runId) =>
      scene.http(
        {
          path: `/trpc/runs.get,runs.files?batch=1&input=${input({ 0: { runId }, 1: { runId } })}`,
          headers: { 'trpc-accept': 'application/jsonl' },
        },
        as,
      ),
  ],
  [
    'a batch of commands',
    (runId) =>
      scene.http(
        {
          method: 'POST',
          path: '/trpc/runs.cancel,runs.steer?batch=1',
          headers: json,
          body: JSON.stringify({
            0: { runId, commandId: randomUUID(), target: 'run' },
            1: { runId, ...command({ text: 'obey' }) },
          }),
        },
        as,
      ),
  ],
  [
    'a batch in one WebSocket message',
    async (runId) => {
      await using bot = await scene.socket(as);
      const params = { path: 'runs.get', input: { runId } };
      bot.send([
        { id: 1, method: 'query', params: { path: 'runs.get', input: { runId: scene.own } } },
        { id: 2, method: 'query', params },
      ]);
      return JSON.stringify(await bot.next(2));
    },
  ],
  [
    'a cursor as Last-Event-ID',
    (runId) => scene.http(events(runId, { 'last-event-id': cursorOf(runId) }), as),
  ],
  [
    'a cursor in the query',
    (runId) => scene.http({ path: `${events(runId).path}&lastEventId=${cursorOf(runId, 2)}` }, as),
  ],
  [
    'a cursor in the input',
    (runId) => scene.call('runs.events', { runId, lastEventId: cursorOf(runId) }, as),
  ],
  [
    'a cursor of a later event',
    (runId) => scene.call('runs.events', { runId, lastEventId: cursorOf(runId, 999) }, as),
  ],
  [
    'a cursor of an own run',
    (runId) => scene.call('runs.events', { runId, lastEventId: cursorOf(scene.own) }, as),
  ],
  ['a key as Last-Event-ID', (runId) => scene.http(events(runId, { 'last-event-id': scene.ada }), as)],
  ['HEAD of an answer', (runId) => get(runId, {}, 'HEAD')],
  ['HEAD of a stream', (runId) => scene.http({ method: 'HEAD', ...events(runId) }, as)],
  ['an own method in a header', (runId) => get(runId, { 'x-http-method-override': 'DELETE' })],
  [
    'another URL in a header',
    (runId) =>
      scene.http(
        {
          path: '/healthz',
          headers: {
            'x-original-url': `/trpc/runs.get?input=${input({ runId })}`,
            'x-rewrite-url': `/runs/${runId}`,
          },
        },
        as,
      ),
  ],
  ['the legacy stream', (runId) => scene.http({ path: `/api/stream/events/${runId}` }, as)],
  [
    'the legacy stream after a cursor',
    (runId) => scene.http({ path: `/api/stream/events/${runId}?lastEventId=${cursorOf(runId)}` }, as),
  ],
  [
    'the legacy stream after the end',
    (runId) => scene.http({ path: `/api/stream/events/${runId}?lastEventId=${cursorOf(runId, 4)}` }, as),
  ],
  [
    'the legacy stream of an escaped id',
    (runId) => scene.http({ path: `/api/stream/events/${runId.replace('r', '%72')}` }, as),
  ],
  [
    'the legacy stream of a path',
    (runId) => scene.http({ path: `/api/stream/events/${scene.own}%2F..%2F${runId}` }, as),
  ],
  [
    'the page of the console',
    (runId) => scene.http({ path: `/runs/${runId}`, headers: { accept: 'text/html' } }, as),
  ],
  [
    'the page that compares',
    (runId) =>
      scene.http(
        {
          path: `/runs/${scene.own}/compare/${runId}`,
          headers: { accept: 'text/html', 'if-none-match': '*' },
        },
        as,
      ),
  ],
  ['a follow-up', (runId) => scene.call('runs.start', { task: 'x', from: { runId } }, as)],
  ['a rerun', (runId) => scene.call('runs.start', { from: { runId, stage: 1 } }, as)],
  ['a fork', (runId) => scene.call('runs.start', { from: { runId, ...attempt } }, as)],
  [
    'a rerun for the own owner',
    (runId) => scene.call('runs.start', { owner: 'mallory', from: { runId, stage: 1 } }, as),
  ],
  ['a search for the id', (runId) => scene.call('runs.list', { search: runId }, as)],
  [
    'a list before the run',
    (runId) =>
      scene.call('runs.list', { before: `2999-01-01T00:00:00.000Z~${runId}`, labels: { none: 'x' } }, as),
  ],
  ['a condition on answers', (runId) => get(runId, { 'if-none-match': '*', range: 'bytes=0-10' })],
  ['compressed answers', (runId) => get(runId, { 'accept-encoding': 'gzip, br, zstd' })],
  ['a page of another port', (runId) => get(runId, { origin: 'http://localhost:9', cookie: 'a=b' })],
  ['the owner in the input', (runId) => scene.call('runs.get', { runId, owner: 'ada' }, as)],
  ['the owner in the prototype', (runId) => getRaw(`{"runId":"${runId}","__proto__":{"owner":"ada"}}`)],
  ['the id twice', (runId) => getRaw(`{"runId":"${scene.own}","runId":"${runId}"}`)],
  ['an id in a list', (runId) => scene.call('runs.get', { runId: [runId] }, as)],
  ['an id with more around it', (runId) => scene.call('runs.get', { runId: ` ${runId}\n` }, as)],
  ['an id with a wildcard', (runId) => scene.call('runs.get', { runId: `${runId.slice(0, -1)}%` }, as)],
  [
    'an id in capitals',
    (runId) => scene.call('runs.get', { runId: runId.toUpperCase().replace('RUN', 'run') }, as),
  ],
  [
    'the command of another run',
    (runId) =>
      scene.call(
        'runs.cancel',
        { runId, commandId: '00000000-0000-4000-8000-000000000000', target: 'run' },
        as,
      ),
  ],
];

function events(runId: string, headers: Record<string, string> = {}) {
  return { path: `/trpc/runs.events?input=${input({ runId })}`, headers };
}

/** Without what differs between any two answers. */
function normalized(text: string, runId: string): string {
  const hash = cursorOf(runId).split('-')[2] ?? '';
  return text
    .replaceAll(new RegExp(runId, 'gi'), '<run>')
    .replaceAll(hash, '<hash>')
    .replaceAll(/"(?:date|x-request-id)":"[^"]*"/g, '')
    .replaceAll(/feed-\d+\.\d+/g, '<feed>');
}

describe('a run of another owner', () => {
  test.each(attempts)('is not found by %s', async (_name, attack) => {
    const missing = scene.newId();
    const expected = normalized(await attack(missing), missing);
    for (const runId of [scene.live, scene.ended, scene.deleted]) {
      const received = await attack(runId);
      expect(normalized(received, runId)).toBe(expected);
      expect(received.replaceAll(`${canary}.txt`, '')).not.toContain(canary);
    }
  });
});

test('nothing of it has changed anything', async () => {
  expect(await scene.stateOfLive()).toEqual(before);
});

/** Those whose input is rejected whatever run there is, or that concern no run. */
const sameForAllRuns = [
  'HEAD of an answer',
  'HEAD of a stream',
  'another URL in a header',
  'the legacy stream of a path',
  'the page of the console',
  'the page that compares',
  'a rerun for the own owner',
  'a list before the run',
  'the owner in the input',
  'the owner in the prototype',
  'an id in a list',
  'an id with more around it',
  'an id with a wildcard',
  'an id in capitals',
];

test('the other attempts find it with the key of its owner', async () => {
  as = scene.ada;
  const blind: string[] = [];
  for (const [name, attack] of attempts) {
    // It could not be found after that.
    if (name.includes('runs.delete')) continue;
    const missing = scene.newId();
    const expected = normalized(await attack(missing), missing);
    if (normalized(await attack(scene.ended), scene.ended) === expected) blind.push(name);
  }
  expect(blind).toEqual(sameForAllRuns);
});

test('a run of ada whose data is damaged is not found either, and its id conflicts like any other', async () => {
  const { live, ended: runId } = scene;
  as = scene.mallory;
  const database = new DatabaseSync(join(scene.app.dataDir, 'log.db'));
  const isOfRun = 'run = (SELECT number FROM runs WHERE run_id = ?) AND seq = 1';
  database
    .prepare(`UPDATE events SET event = replace(event, 'canary', 'CANARY') WHERE ${isOfRun}`)
    .run(runId);
  database.close();
  for (const [path, more] of calls) {
    const answer = await scene.call(path, { runId, ...more }, as);
    expect(answer).toContain('RUN_NOT_FOUND');
  }
  const conflict = async (taken: string) =>
    normalized(await scene.call('runs.start', { runId: taken, task: 'x' }, as), taken);
  expect(await conflict(runId)).toBe(await conflict(live));
  expect(await scene.call('runs.get', { runId }, scene.ada)).toContain('RUN_UNREADABLE');
  expect(await conflict(runId)).toBe(await conflict(live));
});
