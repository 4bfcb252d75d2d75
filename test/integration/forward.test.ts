import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test, vi } from 'vitest';
import { command, startCommand } from '../support/command-line.ts';
import { fast, runningServer } from '../support/command-scene.ts';
import { until } from '../support/until.ts';

vi.setConfig({ testTimeout: 60_000 });

const secret = `whsec_${Buffer.from('a secret of thirty-two bytes, 12').toString('base64')}`;

interface Delivery {
  readonly id: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly payload: {
    readonly type: string;
    readonly timestamp: string;
    readonly data: Record<string, unknown>;
  };
}

/** A receiver that answers what `answer` returns for a delivery. */
async function receiver(
  answer: (delivery: Delivery, index: number) => number | [number, Record<string, string>],
) {
  const deliveries: Delivery[] = [];
  const onRequest = async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const piece of request) body += String(piece);
    const headers = request.headers as Record<string, string>;
    const payload = JSON.parse(body) as Delivery['payload'];
    const delivery = { id: headers['webhook-id'] ?? '', headers, body, payload };
    deliveries.push(delivery);
    const [status, more] = [answer(delivery, deliveries.length - 1)].flat() as [
      number,
      Record<string, string>,
    ];
    response.writeHead(status, more).end();
  };
  const server = createServer((request, response) => void onRequest(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    deliveries,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    types: () => deliveries.map(({ payload }) => payload.type),
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

async function forwarding(url: string, more: readonly string[] = []) {
  const server = await runningServer();
  const cursor = join(server.path, 'forward.cursor');
  const env = { ...server.env, STAGEWIRE_WEBHOOK_SECRET: secret };
  const start = () => startCommand(['forward', '--to', url, '--cursor', cursor, ...more], { env });
  return {
    ...server,
    cursor,
    start,
    savedCursor: async () => (await readFile(cursor, 'utf8').catch(() => '')).trim(),
    play: (labels: Record<string, string> = {}) =>
      server.client
        .start({ task: 'x', models: { default: fast }, pipeline: { roles: ['architect'] }, labels })
        .then((run) => run.result()),
  };
}

describe.concurrent('forward', () => {
  test('sends each event once, signed, in order, and without text', async () => {
    await using hook = await receiver(() => 204);
    await using scene = await forwarding(hook.url, ['--label', 'team=blue']);
    await using forward = scene.start();
    await forward.sees('Forwarding events to', 'stderr');
    await until(async () => (await scene.savedCursor()) !== '', 'a cursor of the beginning');
    await scene.play();
    await scene.play({ team: 'blue' });
    await until(() => hook.types().includes('run.completed'), 'the end of the run to be sent');
    expect(hook.types()).toEqual([
      'run.queued',
      'run.started',
      'run.planned',
      'stage.started',
      'stage.completed',
      'run.completed',
    ]);
    for (const { headers, body, payload } of hook.deliveries) {
      expect(new Webhook(secret).verify(body, headers)).toEqual(payload);
      expect(payload).toMatchObject({ timestamp: payload.data['at'], data: { type: payload.type } });
    }
    const last = hook.deliveries.at(-1)?.id;
    await until(async () => (await scene.savedCursor()) === last, 'the cursor of the last event');
    forward.signal('SIGTERM');
    expect(await forward.ended).toBe(143);
  });

  test('sends an event again until it is accepted, and follows no redirect', async () => {
    await using hook = await receiver((_delivery, index) => {
      if (index === 0) return 500;
      return index === 1 ? [302, { location: '/elsewhere' }] : 200;
    });
    await using scene = await forwarding(hook.url, ['--events', 'run.completed']);
    await using forward = scene.start();
    await until(async () => (await scene.savedCursor()) !== '', 'a cursor of the beginning');
    const before = await scene.savedCursor();
    await scene.play();
    await forward.sees('Not delivered: the receiver responded with HTTP 500. Retrying in', 'stderr');
    expect(await scene.savedCursor()).toBe(before);
    await forward.sees('HTTP 302; redirects are not followed. Retrying in', 'stderr');
    await until(() => hook.deliveries.length === 3, 'the third attempt');
    expect(new Set(hook.deliveries.map(({ id }) => id)).size).toBe(1);
  });

  test('resumes after kill -9, and repeats at most the event whose cursor was not saved', async () => {
    await using hook = await receiver(() => 200);
    await using scene = await forwarding(hook.url, ['--events', 'run.queued,run.completed']);
    await using first = scene.start();
    await until(async () => (await scene.savedCursor()) !== '', 'a cursor of the beginning');
    await scene.play();
    const saved = () => hook.deliveries.at(-1)?.id;
    await until(
      async () => hook.deliveries.length === 2 && (await scene.savedCursor()) === saved(),
      'two events',
    );
    first.signal('SIGKILL');
    await first.ended;
    await scene.play();
    // As if it was killed between the 2xx and the write.
    await writeFile(scene.cursor, hook.deliveries[0]?.id ?? '');
    await using second = scene.start();
    await until(
      () => hook.deliveries.length === 5,
      () => `five deliveries, not ${hook.types().join()} ${second.stderr}`,
    );
    expect(hook.types()).toEqual([
      'run.queued',
      'run.completed',
      'run.completed',
      'run.queued',
      'run.completed',
    ]);
    expect(hook.deliveries[2]).toMatchObject({ id: hook.deliveries[1]?.id, body: hook.deliveries[1]?.body });
    expect(new Set(hook.deliveries.map(({ id }) => id)).size).toBe(4);
  });

  test('stops at 410, and says so', async () => {
    await using hook = await receiver(() => 410);
    await using scene = await forwarding(hook.url);
    await using forward = scene.start();
    await until(async () => (await scene.savedCursor()) !== '', 'a cursor of the beginning');
    const before = await scene.savedCursor();
    await scene.play();
    expect(await forward.ended).toBe(1);
    expect(forward.stderr).toContain('HTTP 410 (gone): it does not want any more events. Stopped.');
    expect(hook.deliveries).toHaveLength(1);
    expect(await scene.savedCursor()).toBe(before);
  });

  test('starts with a valid secret only, and does not repeat it', async () => {
    const to = ['forward', '--to', 'https://example.org'];
    const none = await command(to);
    expect(none).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('STAGEWIRE_WEBHOOK_SECRET is not set.'),
    });
    const weak = await command(to, { env: { STAGEWIRE_WEBHOOK_SECRET: 'whsec_aGVsbG8=' } });
    expect(weak).toMatchObject({ code: 1, stderr: expect.stringContaining('is not valid') });
    expect(weak.stderr).not.toContain('aGVsbG8');
    const typed = await command([...to, '--events', 'run.complete']);
    expect(typed.stderr).toContain('"run.complete" is not one of run.queued, ');
  });
});
