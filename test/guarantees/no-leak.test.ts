import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StartReceipt } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { openFollowSocket, Refusal } from '../support/follow-socket.ts';
import { createLedger } from '../support/ledger.ts';
import { startMeasuredProcess, type Measurement } from '../support/measured-process.ts';
import { openRequest, upgradeRequest } from '../support/raw-request.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { eventually, sizes, timeoutMs } from './sizes.ts';

// G16: no leak.
// Seen red with: followers did not let go of their run; the ping’s timer outlived its socket.

const { warmUp, rounds, visits } = sizes.churn;
/** Less than what a visit leaves behind if one connection, follower or run of it is kept, times the visits of a round. */
const leakBytes = 400 * 1024;

/** Each look collects all garbage. */
const seldom = { ...eventually, interval: 200 };

test(
  `after ${rounds * visits} visits of clients that come, follow, command and vanish the server holds what it held before`,
  { timeout: timeoutMs },
  async () => {
    const { next: random, uuid } = createSeededChance(16);
    await using server = await startMeasuredProcess();
    const { port } = server;

    await churn(warmUp);
    const before = await atRest();
    const growths: number[] = [];
    let last = before;
    for (let round = 0; round < rounds; round += 1) {
      await churn(visits);
      const now = await atRest();
      growths.push(now.heldBytes - last.heldBytes);
      last = now;
      expect({ ...now, heldBytes: 0, rssBytes: 0 }).toEqual({ ...before, heldBytes: 0, rssBytes: 0 });
    }
    // A leak grows in every round; code that is compiled late does not.
    const median = growths.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Infinity;
    expect(median, `grew by ${growths.join(', ')} bytes`).toBeLessThan(leakBytes);

    async function churn(count: number): Promise<void> {
      let left = count;
      const lanes = Array.from({ length: 6 }, async () => {
        while (left > 0) {
          left -= 1;
          await visit();
        }
      });
      await Promise.all(lanes);
    }

    async function visit(): Promise<void> {
      const socket = await openFollowSocket(port);
      const { runId } = await socket.call<StartReceipt>('mutation', 'runs.start', {
        task: `Churn ${uuid()}`,
        models: { default: `rehearsal/ttft=0,tps=${random() < 0.5 ? 0 : 2000},chars=300,reasoning=40` },
        pipeline: { roles: ['architect', 'documenter'] },
      });
      const ledger = createLedger(runId, { keepsEvents: false });
      const following = socket.follow(ledger);
      void socket.follow(createLedger(runId, { keepsEvents: false }), { reasoning: false });
      void socket.feed(
        random() < 0.5 ? {} : { include: { text: true }, labels: { team: 'none' } },
        () => undefined,
      );
      const chosen = Math.floor(random() * 7);
      if (chosen === 0) await command(socket, 'runs.cancel', { runId, target: 'run' });
      if (chosen === 1) await command(socket, 'runs.steer', { runId, text: 'Shorter', expect: 'any' });
      if (chosen === 2)
        await refuse(socket.subscribe('runs.events', { runId, lastEventId: 'x' }, () => undefined));
      if (chosen === 3) socket.socket.send('{"id":');
      if (chosen === 4) await dropStream(runId);
      if (chosen === 5) await dropUpgrade();
      // One in three vanishes while its run goes on.
      if (chosen !== 6 && random() < 0.6) await following;
      if (random() < 0.5) socket.drop();
      else socket.socket.close();
      await socket.closed;
    }

    async function command(
      socket: Awaited<ReturnType<typeof openFollowSocket>>,
      path: string,
      input: object,
    ): Promise<void> {
      await refuse(socket.call('mutation', path, { commandId: uuid(), ...input }));
    }

    async function refuse(asked: Promise<unknown>): Promise<void> {
      await asked.catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
      });
    }

    async function dropStream(runId: string): Promise<void> {
      const input = encodeURIComponent(JSON.stringify({ runId }));
      const stream = await openRequest(port, { path: `/trpc/runs.events?input=${input}` });
      stream.on('error', () => undefined);
      stream.destroy();
    }

    async function dropUpgrade(): Promise<void> {
      await new Promise<void>((resolve) => {
        const tcp = connectTcp(port, '127.0.0.1', () => {
          tcp.write(upgradeRequest(port, random() < 0.5 ? '/trpc' : '/nowhere'), () => tcp.resetAndDestroy());
        });
        tcp.on('error', () => undefined);
        tcp.once('close', () => resolve());
      });
    }

    /** Once no socket is left and every run has ended. */
    async function atRest(): Promise<Measurement> {
      {
        await using socket = await openFollowSocket(port);
        await expect
          .poll(
            async () => {
              const input = { status: ['queued', 'running'], limit: 1 };
              return (await socket.call<{ items: unknown[] }>('query', 'runs.list', input)).items;
            },
            { timeout: 20_000 },
          )
          .toEqual([]);
      }
      await expect.poll(async () => (await server.measure()).sockets, seldom).toBe(0);
      // For the last timers of closed sockets and ended runs, which what is measured does not count.
      await sleep(300);
      return await server.measure();
    }
  },
);
