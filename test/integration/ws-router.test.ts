import { expect, test } from 'vitest';
import { localPrincipal } from '../../server/identity/principal.ts';
import { startApiServer } from '../support/api-server.ts';
import { connect, eventOf, eventsOf } from '../support/bare-socket.ts';
import type { Frame } from '../support/bare-socket.ts';

const commandId = '6f1e0d6e-94a1-4a43-8d3c-6c6a2f0f3a11';

test('an event comes as PROTOCOL.md says, and its cursor twice', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);
  const runId = await api.runs.begin({ runId: 'run_pinned-0001' });

  const id = bot.subscribe('runs.events', { runId });

  expect(await bot.next(id)).toEqual({ id, result: { type: 'started' } });
  await bot.next(id);
  expect(await bot.next(id)).toEqual({
    id,
    result: {
      type: 'data',
      id: '1-2-ace26743',
      data: {
        id: '1-2-ace26743',
        data: { type: 'run.started', runId, seq: 2, at: '2026-01-01T00:00:00.000Z' },
      },
    },
  });
});

test('a follower gets the past, then what comes, then `stopped` after the terminal event', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);
  const runId = await api.runs.begin();
  const id = bot.subscribe('runs.events', { runId });
  await bot.until(id, 'stage.started');

  await api.runs.say(runId, 'const ');
  expect(await bot.next(id)).toMatchObject({
    result: { data: { data: { type: 'stage.delta', text: 'const ' } } },
  });
  await api.runs.finish(runId);

  const frames = await bot.until(id, 'run.completed');
  expect(eventsOf(frames).map((event) => event.type)).toEqual(['stage.completed', 'run.completed']);
  expect(await bot.next(id)).toEqual({ id, result: { type: 'stopped' } });
});

test('who comes back with its last cursor gets what came after it, once', async () => {
  await using api = await startApiServer();
  const runId = await api.runs.begin();
  await api.runs.say(runId, 'one ');
  let cursor = '';
  {
    await using first = await connect(api.port);
    const id = first.subscribe('runs.events', { runId });
    const frames = await first.until(id, 'stage.delta');
    cursor = frames.at(-1)?.result?.id ?? '';
  }
  await api.runs.say(runId, 'two ');
  await api.runs.finish(runId);

  await using second = await connect(api.port);
  const id = second.subscribe('runs.events', { runId }, cursor);

  const frames = await second.until(id, 'run.completed');
  expect(eventsOf(frames)).toMatchObject([
    { type: 'stage.delta', seq: 6, offset: 4, text: 'two ' },
    { type: 'stage.completed', seq: 7 },
    { type: 'run.completed', seq: 8 },
  ]);
});

test('a finished run with its last cursor ends at once, without an event', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);
  const runId = await api.runs.begin();
  await api.runs.finish(runId);
  const { cursor } = await api.runs.state(runId, localPrincipal);

  const id = bot.subscribe('runs.events', { runId }, cursor);

  expect(await bot.next(id)).toMatchObject({ result: { type: 'started' } });
  expect(await bot.next(id)).toMatchObject({ result: { type: 'stopped' } });
});

test('a follower of a quiet run gets a transient event that repeats the cursor it had last', async () => {
  await using api = await startApiServer({ heartbeatMs: 30 });
  await using bot = await connect(api.port);
  const runId = await api.runs.begin();
  api.runs.waitFor(runId, {
    type: 'stage.waiting',
    stage: 1,
    role: 'coder',
    attempt: 1,
    phase: 'first-token',
    elapsedMs: 12,
  });
  const id = bot.subscribe('runs.events', { runId });

  const frames = await bot.until(id, 'stage.waiting');

  const [durable, transient] = frames.slice(-2);
  expect(transient?.result?.id).toBe(durable?.result?.id);
  expect(eventOf(transient as Frame)).toMatchObject({ phase: 'first-token', seq: 4 });
});

test('commands reach the runs whole, with their kind, and the receipt comes back', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);
  const runId = await api.runs.begin();

  const steered = await bot.call('mutation', 'runs.steer', {
    runId,
    commandId,
    text: 'in Rust',
    expect: 'any',
  });
  await bot.call('mutation', 'runs.redirect', { runId, commandId, to: 'architect', expect: { stage: 1 } });
  await bot.call('mutation', 'runs.cancel', { runId, commandId, target: 'run' });

  expect(steered).toMatchObject({
    result: { type: 'data', data: { commandId, target: { stage: 1, role: 'coder', attempt: 1 } } },
  });
  expect(api.runs.commands).toEqual([
    { kind: 'steer', runId, commandId, text: 'in Rust', expect: 'any', mode: 'restart', scope: 'run' },
    { kind: 'redirect', runId, commandId, to: 'architect', expect: { stage: 1 } },
    { kind: 'cancel', runId, commandId, target: 'run' },
  ]);
});

test('lists runs page by page, newest first, only those of who asks', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);
  for (let index = 1; index <= 5; index += 1) await api.runs.begin({ runId: `run_listed-000${index}` });
  await api.runs.begin({ runId: 'run_of-another-1', owner: 'another' });
  const seen: string[] = [];
  let before: string | undefined;
  let pages = 0;

  do {
    const { result } = await bot.call('query', 'runs.list', { limit: 2, before });
    const page = result?.data as unknown as { items: { runId: string }[]; next?: string; feedCursor: string };
    seen.push(...page.items.map((item) => item.runId));
    expect(page.feedCursor).toMatch(/^feed-\d+\.\d+$/);
    before = page.next;
    pages += 1;
  } while (before !== undefined);

  expect(pages).toBe(3);
  expect(seen).toEqual([5, 4, 3, 2, 1].map((index) => `run_listed-000${index}`));
});

test('the feed goes on from the cursor of the list, without a gap, and shows no runs of others', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);
  await api.runs.begin();
  const { result } = await bot.call('query', 'runs.list', {});
  const { feedCursor } = result!.data as unknown as { feedCursor: string };
  await api.runs.begin({ owner: 'another' });
  const runId = await api.runs.begin({ labels: { team: 'red' } });

  const id = bot.subscribe('runs.feed', { lastEventId: feedCursor });

  const frames = await bot.until(id, 'stage.started');
  expect(eventsOf(frames)).toMatchObject([
    { type: 'run.queued', runId },
    { type: 'run.started', runId },
    { type: 'run.planned', runId },
    { type: 'stage.started', runId },
  ]);
});

test('the feed without a cursor says where it starts; with one that is ahead or of a run it is refused', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);

  const id = bot.subscribe('runs.feed', {});
  await bot.next(id);
  expect(await bot.next(id)).toMatchObject({
    result: { id: 'feed-0.0', data: { id: 'feed-0.0', data: { type: 'feed.opened', cursor: 'feed-0.0' } } },
  });
  for (const cursor of ['feed-1', '1-1-ace26743', 'feed--1']) {
    const refused = await bot.next(bot.subscribe('runs.feed', undefined, cursor));
    expect(refused.error?.data.stagewire.code).toBe('CURSOR_INVALID');
  }
});

test('files come with their texts, cut out of the text of the attempt that wrote them', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);
  const runId = await api.runs.begin();
  await api.runs.say(runId, 'before ', 'const x = 1;', ' after');
  await api.runs.append(runId, {
    type: 'artifact.recorded',
    stage: 1,
    role: 'coder',
    attempt: 1,
    path: 'src/x.ts',
    language: 'typescript',
    parts: [{ offset: 7, chars: 12 }],
  });

  expect(await bot.call('query', 'runs.files', { runId })).toMatchObject({
    result: {
      data: [
        {
          path: 'src/x.ts',
          language: 'typescript',
          text: 'const x = 1;',
          from: 'stage',
          stage: 1,
          attempt: 1,
        },
      ],
    },
  });
});

test('a batch is answered call by call', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);

  bot.send([
    { id: 'a', method: 'query', params: { path: 'server.info' } },
    { id: 'b', method: 'query', params: { path: 'runs.get', input: { runId: 'run_missing-0001' } } },
  ]);

  expect(await bot.next('a')).toMatchObject({ result: { data: { protocolVersion: 2 } } });
  expect((await bot.next('b')).error?.data.stagewire.code).toBe('RUN_NOT_FOUND');
});
