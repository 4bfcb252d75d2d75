import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunState, ShareReceipt } from '@stagewire/shared';
import { expect, test, vi } from 'vitest';
import { connect, eventsOf } from '../support/bare-socket.ts';
import { freePort } from '../support/free-port.ts';
import { makeAccessKey } from '../support/make-access-key.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';
import { tokenIn } from '../support/share-run.ts';

// It starts a process for each round.
vi.setConfig({ testTimeout: 90_000 });

const query = (path: string, input: unknown) =>
  `/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`;

interface Answer {
  readonly result?: { readonly data: unknown };
  readonly error?: { readonly data: { readonly stagewire: { readonly code: string } } };
}

async function call(server: ServerProcess, path: string, token: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${server.url}${path}`, {
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  return (await response.json()) as Answer;
}

test.each(['live', 'ended'])(
  'a server that is killed between a share and its answer gives the same link, of a run that is %s',
  async (kind) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-links-'));
    const { token } = await makeAccessKey(dataDir);
    const model = kind === 'live' ? 'rehearsal/tps=5,ttft=0,chars=20000' : 'rehearsal/tps=0,ttft=0,chars=200';
    const port = await freePort();
    const env = { STAGEWIRE_AUTH: 'keys', STAGEWIRE_MODEL: model, STAGEWIRE_PORT: String(port) };
    const start = () => startServerProcess({ dataDir, env });
    let server = await start();
    try {
      const runId = 'run_links-0001';
      await call(server, '/trpc/runs.start', token, { runId, task: 'x', pipeline: { roles: ['coder'] } });
      const stateNow = async () =>
        (await call(server, query('runs.get', { runId }), token)).result?.data as RunState;
      if (kind === 'ended') await expect.poll(async () => (await stateNow()).endedAt).toBeDefined();
      const shareIds: string[] = [];
      for (const delayMs of [0, 3, 10]) {
        const share = { runId, commandId: randomUUID(), may: 'read' };
        const answered = call(server, '/trpc/runs.share', token, share).catch(() => undefined);
        // The moment of the kill differs by the round.
        await pause(delayMs);
        await server.stop('SIGKILL');
        const before = (await answered)?.result?.data as ShareReceipt | undefined;
        server = await start();
        const after = (await call(server, '/trpc/runs.share', token, share)).result?.data as ShareReceipt;
        if (before !== undefined) expect(after).toEqual(before);
        expect(await call(server, query('runs.get', { runId }), tokenIn(after.url))).toHaveProperty('result');
        shareIds.push(after.shareId);
        expect((await stateNow()).shares.map(({ shareId }) => shareId)).toEqual(shareIds);
        if (shareIds.length !== 2) continue;
        // A removal that was answered survives as well.
        const unshare = { runId, commandId: randomUUID(), shareId: after.shareId };
        expect(await call(server, '/trpc/runs.unshare', token, unshare)).toHaveProperty('result');
        await server.stop('SIGKILL');
        server = await start();
        const refused = await call(server, query('runs.get', { runId }), tokenIn(after.url));
        expect(refused.error?.data.stagewire.code).toBe('UNAUTHENTICATED');
        shareIds.pop();
      }
      await using bot = await connect(port, { client: { headers: { authorization: `Bearer ${token}` } } });
      const cancel = { runId, commandId: randomUUID(), target: 'run' };
      if (kind === 'live') await call(server, '/trpc/runs.cancel', token, cancel);
      const events = eventsOf(await bot.until(bot.subscribe('runs.events', { runId }), 'stopped'));
      const shared = events.filter(({ type }) => type === 'run.shared');
      expect(shared).toHaveLength(3);
    } finally {
      await server.stop('SIGKILL');
      await rm(dataDir, { recursive: true, force: true });
    }
  },
);
