import { setTimeout as sleep } from 'node:timers/promises';
import type { Receipt, RunEvent, StartReceipt } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { startComposedServer } from '../support/composed-server.ts';
import { openFollowSocket, Refusal } from '../support/follow-socket.ts';
import { createLedger } from '../support/ledger.ts';
import { createProviderServer } from '../support/provider-server.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { eventually, sizes, timeoutMs } from './sizes.ts';

// G9: cancel is final and reaches the provider.
// Seen red with: the signal was not aborted; a finished answer won against an accepted cancel.

test('after run.cancelled not one more event, and the provider’s sockets are closed', async () => {
  const runs = 12;
  await using provider = await createProviderServer({
    answer: { tokens: Array.from({ length: 5000 }, (_, n) => `t${n} `), pace: { tokenMs: 1 } },
  });
  await using server = await startComposedServer({
    env: { COMPATIBLE_BASE_URL: `${provider.url}/v1`, STAGEWIRE_MODEL: 'compatible/test-model' },
  });
  await using commander = await openFollowSocket(server.port);
  await using socket = await openFollowSocket(server.port);
  const watched = await Promise.all(
    Array.from({ length: runs }, async () => {
      const { runId } = await commander.call<StartReceipt>('mutation', 'runs.start', { task: 'Stop' });
      const ledger = createLedger(runId);
      return { ledger, ended: socket.follow(ledger) };
    }),
  );
  await provider.request(runs);
  for (const { ledger } of watched) await expect.poll(() => ledger.seq, eventually).toBeGreaterThan(6);
  await Promise.all(
    watched.map(({ ledger }) =>
      commander.call('mutation', 'runs.cancel', {
        runId: ledger.runId,
        commandId: crypto.randomUUID(),
        target: 'run',
      }),
    ),
  );

  await Promise.all(watched.map(({ ended }) => ended));
  // The server may also have asked for the list of models.
  const calls = () => provider.requests.filter(({ body }) => 'model' in body);
  const closed = await Promise.all(calls().map((request) => request.closed));
  expect(closed.map(({ whole }) => whole)).toEqual(Array(runs).fill(false));
  // While another run goes from its start to its end, tokens that were on their way would come and be written.
  const other = await commander.call<StartReceipt>('mutation', 'runs.start', {
    task: 'Go by',
    models: { default: 'rehearsal/ttft=20,tps=500,chars=400' },
    pipeline: { roles: ['architect', 'documenter'] },
  });
  await socket.follow(createLedger(other.runId));
  for (const { ledger } of watched) {
    expect(ledger.breaches).toEqual([]);
    expect(ledger.terminal?.type).toBe('run.cancelled');
    const entries = await server.log.read(ledger.runId, { after: 0, limit: 100_000 });
    expect(entries.at(-1)?.event).toEqual(ledger.terminal);
  }
  expect(calls()).toHaveLength(runs);
});

test(
  `cancel against completion in ${sizes.cancel.runs} runs: one terminal event each, and it is the one that was promised`,
  { timeout: timeoutMs },
  async () => {
    const { next: random } = createSeededChance(9);
    await using server = await startComposedServer();
    await using socket = await openFollowSocket(server.port);
    await using commander = await openFollowSocket(server.port);
    const outcomes = { cancelled: 0, completed: 0 };
    let widthMs = 10;

    async function race(): Promise<void> {
      const { runId } = await socket.call<StartReceipt>('mutation', 'runs.start', {
        task: 'Race',
        // Without a delay a run can end before its receipt has been read, and no cancel comes in time.
        models: { default: 'rehearsal/ttft=10,tps=0,chars=200,reasoning=0' },
        pipeline: { roles: ['documenter'] },
      });
      const ledger = createLedger(runId);
      const ended = socket.follow(ledger);
      const commandId = crypto.randomUUID();
      // A race of real time, drawn around the end of a run: what comes first too often makes the other likelier.
      await sleep(random() * widthMs);
      const accepted = await commander
        .call<Receipt>('mutation', 'runs.cancel', { runId, commandId, target: 'run' })
        .then(() => true)
        .catch((error: unknown) => {
          expect(error).toBeInstanceOf(Refusal);
          expect((error as Refusal).code).toBe('RUN_ENDED');
          return false;
        });
      await ended;
      widthMs = Math.min(1000, widthMs * (accepted ? 1.05 : 0.95));

      const entries = await server.log.read(runId, { after: 0, limit: 100_000 });
      const events: readonly RunEvent[] = entries.map(({ event }) => event);
      const terminals = events.filter(({ type }) => /^run\.(completed|failed|cancelled)$/.test(type));
      expect(terminals).toHaveLength(1);
      expect(events.at(-1)).toBe(terminals[0]);
      expect(ledger.breaches).toEqual([]);
      expect(ledger.terminal).toEqual(terminals[0]);
      expect(ledger.terminal).toMatchObject(
        accepted ? { type: 'run.cancelled', commandId } : { type: 'run.completed' },
      );
      const endings = events.filter(({ type }) => type === 'command.applied' || type === 'command.dropped');
      expect(endings).toHaveLength(accepted ? 1 : 0);
      outcomes[accepted ? 'cancelled' : 'completed'] += 1;
    }

    let left = sizes.cancel.runs;
    const lanes = Array.from({ length: 8 }, async () => {
      while (left > 0) {
        left -= 1;
        await race();
      }
    });
    await Promise.all(lanes);
    // The proof that they did race.
    expect(Math.min(outcomes.cancelled, outcomes.completed)).toBeGreaterThan(sizes.cancel.runs / 20);
    expect(server.defects).toEqual([]);
  },
);
