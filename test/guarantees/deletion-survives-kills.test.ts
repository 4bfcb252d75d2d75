import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codeOf, connect, type DeleteReceipt, type FeedEvent } from '@stagewire/client';
import { checkLog } from '../../server/log/check-log.ts';
import { freeServerPort } from '../support/free-server-port.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';

const isLong = process.env['STAGEWIRE_TEST_LONG'] !== undefined;
const runCount = isLong ? 150 : 18;
const mark = (index: number) => `private-${String(index).padStart(4, '0')}-text`;

test(
  `${runCount} deletions under kill -9: a receipt holds, nothing comes back, the feed has each once, and the data is gone`,
  { timeout: isLong ? 600_000 : 120_000 },
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-deletion-'));
    const port = await freeServerPort();
    const start = () => startServerProcess({ dataDir, env: { STAGEWIRE_PORT: String(port) } });
    let server: ServerProcess = await start();
    const client = connect({ url: server.url, callTimeoutMs: 60_000 });
    try {
      const models = { default: 'rehearsal/ttft=0,tps=0,chars=20000,reasoning=100' };
      const pipeline = { roles: ['documenter'] };
      const opened = client.feed();
      const first = await opened.next();
      const from = opened.cursor;
      expect(first.value).toMatchObject({ type: 'feed.opened' });
      await opened.return?.();
      const runs = await Promise.all(
        Array.from({ length: runCount }, (_, index) => client.start({ task: mark(index), models, pipeline })),
      );
      await Promise.all(runs.map((run) => run.result()));

      // Two of three are deleted, while the server is killed again and again.
      const doomed = runs.filter((_, index) => index % 3 !== 0);
      const receipts = new Map<string, DeleteReceipt>();
      let left = doomed.length;
      const deleting = (async () => {
        for (const run of doomed) {
          receipts.set(run.id, await client.delete(run.id));
          left -= 1;
        }
      })();
      let kills = 0;
      for (const pauseMs of Array.from({ length: isLong ? 20 : 3 }, (_, index) => 3 + 7 * index)) {
        if (left === 0) break;
        // A pause of its own length each time: the kill hits another moment of a deletion or of a purge.
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        await server.stop('SIGKILL');
        kills += 1;
        server = await start();
      }
      await deleting;
      // Deletions are over, but perhaps not their purge.
      await server.stop('SIGKILL');
      server = await start();

      for (const [index, run] of runs.entries()) {
        const receipt = receipts.get(run.id);
        if (receipt === undefined) {
          expect((await run.snapshot()).task).toBe(mark(index));
          continue;
        }
        expect(await client.delete(run.id)).toEqual(receipt);
        expect(await run.snapshot().catch(codeOf)).toBe('RUN_EXPIRED');
        const again = { runId: run.id, task: mark(index), models, pipeline };
        expect(await client.start(again).catch(codeOf)).toBe('RUN_ID_CONFLICT');
      }
      const listed = (await client.list({ limit: 200, search: 'private-' })).items.map(({ runId }) => runId);
      expect(listed.toSorted()).toEqual(
        runs
          .map(({ id }) => id)
          .filter((id) => !receipts.has(id))
          .toSorted(),
      );

      const feed = client.feed({ from });
      const marker = await client.start({ task: 'The end', models, pipeline });
      const events: FeedEvent[] = [];
      for await (const event of feed) {
        if ('runId' in event && event.runId === marker.id) break;
        events.push(event);
      }
      const deleted = events.flatMap((event) => (event.type === 'run.deleted' ? [event.runId] : []));
      expect(deleted.toSorted()).toEqual([...receipts.keys()].toSorted());
      const ofDeleted = events.filter((event) => 'runId' in event && receipts.has(event.runId));
      expect(ofDeleted).toHaveLength(receipts.size);

      const copiesOfDoomed = () => {
        const files = ['log.db', 'log.db-wal']
          .map((name) => join(dataDir, name))
          .filter((path) => existsSync(path));
        const bytes = files.map((file) => readFileSync(file, 'latin1')).join('');
        return runs.filter((run, index) => receipts.has(run.id) && bytes.includes(mark(index))).length;
      };
      // The server purges what the kills left, without being asked.
      await expect.poll(copiesOfDoomed, { timeout: 20_000 }).toBe(0);
      await client.close();
      await server.stop();
      expect(checkLog(join(dataDir, 'log.db'))).toMatchObject({
        runs: runCount - receipts.size + 1,
        fileProblems: [],
        runProblems: [],
      });
      expect(kills).toBeGreaterThan(1);
    } finally {
      await client.close();
      await server[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    }
  },
);
