import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createProviderServer } from '../support/provider-server.ts';
import { startServerProcess } from '../support/server-process.ts';

interface Frame {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

async function startTask(url: string, body: unknown): Promise<{ stream_id: string }> {
  const response = await fetch(`${url}/api/stream/task`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as { stream_id: string };
}

/** Reads a stream until it ends, or until `enough` says so. */
async function read(
  url: string,
  options: { readonly lastEventId?: string; readonly enough?: (frame: Frame) => boolean } = {},
): Promise<Frame[]> {
  const { lastEventId, enough = () => false } = options;
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const response = await fetch(url, { headers });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const frames: Frame[] = [];
  let rest = '';
  const decoder = new TextDecoder();
  for await (const part of response.body ?? []) {
    const blocks = (rest + decoder.decode(part, { stream: true })).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const frame = frameOf(block);
      frames.push(frame);
      if (enough(frame)) return frames;
    }
  }
  return frames;
}

function frameOf(block: string): Frame {
  const field = (name: string) =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  const data = JSON.parse(field('data') ?? '{}') as Frame['data'];
  return { event: field('event') ?? '', id: field('id'), data };
}

const tokensOf = (frames: readonly Frame[], agent: string) =>
  frames
    .flatMap(({ event, data }) =>
      event === 'token_stream' && data['agent'] === agent ? [data['tokens']] : [],
    )
    .join('');

describe('the routes of the legacy API', () => {
  test('speak its vocabulary, with the true tokens, from the first event to the last', async () => {
    await using server = await startServerProcess();
    const { stream_id } = await startTask(server.url, {
      task: 'Build a URL shortener',
      context: { language: 'python' },
    });
    const url = `${server.url}/api/stream/events/${stream_id}`;
    const frames = await read(url);
    const names = [...new Set(frames.map(({ event }) => event))];
    expect(names.slice(0, 4)).toEqual(['task_started', 'task_progress', 'chunk_started', 'token_stream']);
    expect(frames.at(-1)?.event).toBe('task_completed');
    expect(frames[0]?.data).toMatchObject({ stream_id, task: 'Build a URL shortener' });
    expect(frames.find(({ event }) => event === 'chunk_started')?.data).toMatchObject({
      chunk_number: 1,
      agent: 'Architect',
      stage: 'architect',
    });
    const state = await (
      await fetch(
        `${server.url}/trpc/runs.get?input=${encodeURIComponent(JSON.stringify({ runId: stream_id }))}`,
      )
    ).json();
    const [architect] = (state as { result: { data: { stages: { attempts: { text: string }[] }[] } } }).result
      .data.stages;
    expect(tokensOf(frames, 'Architect')).toBe(architect?.attempts[0]?.text);
  });

  test('resume behind the last id, and answer 204 when nothing comes any more', async () => {
    await using server = await startServerProcess();
    const { stream_id } = await startTask(server.url, { task: 'Build a URL shortener' });
    const url = `${server.url}/api/stream/events/${stream_id}`;
    const all = await read(url);
    const plain = (frames: readonly Frame[]) => frames.filter(({ event }) => event !== 'heartbeat');
    for (const at of [0, 5, Math.floor(all.length / 2)]) {
      const index = all.findIndex(({ id }, place) => place >= at && id !== undefined);
      const before = all.slice(0, index + 1);
      const after = await read(url, { lastEventId: String(all[index]?.id) });
      const together = plain([...before, ...after]);
      expect(tokensOf(together, 'Coder')).toBe(tokensOf(all, 'Coder'));
      expect(together.filter(({ event }) => event === 'chunk_completed').map(({ data }) => data)).toEqual(
        all.filter(({ event }) => event === 'chunk_completed').map(({ data }) => data),
      );
    }
    const finished = await fetch(url, { headers: { 'last-event-id': String(all.at(-1)?.id) } });
    expect(finished.status).toBe(204);
  });

  test('are never silent while the model says nothing', async () => {
    await using provider = await createProviderServer({
      answer: { tokens: ['one'], fault: { kind: 'stall', afterDeltas: 1 } },
    });
    await using server = await startServerProcess({
      env: {
        STAGEWIRE_MODEL: 'compatible/test-model',
        COMPATIBLE_BASE_URL: `${provider.url}/v1`,
        STAGEWIRE_HEARTBEAT_MS: '100',
      },
    });
    const { stream_id } = await startTask(server.url, { task: 'Wait' });
    const frames = await read(`${server.url}/api/stream/events/${stream_id}`, {
      enough: ({ data }) => data['phase'] === 'stalled',
    });
    expect(frames.at(-1)).toMatchObject({
      event: 'heartbeat',
      data: { agent: 'Architect', phase: 'stalled' },
    });
  });

  test('report errors where clients of the legacy API expect them', async () => {
    await using server = await startServerProcess();
    const post = async (body: string) => {
      const response = await fetch(`${server.url}/api/stream/task`, { method: 'POST', body });
      return { status: response.status, body: (await response.json()) as { detail: string } };
    };
    expect(await post('{')).toMatchObject({ status: 400, body: { detail: expect.any(String) } });
    expect(await post('{"task":" "}')).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('task') },
    });
    expect((await fetch(`${server.url}/api/stream/events/run_nowhere99`)).status).toBe(404);
    const { stream_id } = await startTask(server.url, { task: 'x' });
    const badCursor = await fetch(`${server.url}/api/stream/events/${stream_id}`, {
      headers: { 'last-event-id': '9-9-deadbeef' },
    });
    expect(badCursor.status).toBe(400);
    const foreign = await fetch(`${server.url}/api/stream/task`, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
      body: '{"task":"x"}',
    });
    expect(foreign.status).toBe(403);
  });

  test('need nothing but curl, as their page says', async () => {
    await using server = await startServerProcess();
    const page = await readFile(new URL('../../docs/LEGACY-API.md', import.meta.url), 'utf8');
    const commands = /```sh\n(.*?)```/s.exec(page)?.[1] ?? 'exit 1';
    const env = { ...process.env, STAGEWIRE_URL: server.url };
    const curl = await promisify(execFile)('sh', ['-c', commands], { env });
    expect(curl.stdout).toMatch(/^event: task_started\n/);
    expect(curl.stdout).toContain('event: task_completed\n');
  });
});
