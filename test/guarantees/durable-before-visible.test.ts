import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent, StartReceipt } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { localPrincipal } from '../../server/identity/principal.ts';
import type { EventLog } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { startComposedServer, type ComposedServer } from '../support/composed-server.ts';
import { createFallibleLog } from '../support/fallible-log.ts';
import { openFollowSocket, type FollowSocket } from '../support/follow-socket.ts';
import { createLedger, type Ledger } from '../support/ledger.ts';
import { checkRun } from '../support/check-run.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { eventually, timeoutMs } from './sizes.ts';

// G4: what is seen is durable.
// Seen red with: published before the commit; a bad append was taken for a log that is down.

const followers = 6;

test(
  'while commits fail now and then nobody sees what was not kept, and the runs go on',
  { timeout: timeoutMs },
  async () => {
    const { next: random } = createSeededChance(4);
    let failures = 0;
    const log = createFallibleLog({
      clock: systemClock,
      beforeCommit() {
        // Not the beginning: a start that cannot be written is refused.
        if (started < 3 || random() > 0.02) return;
        failures += 1;
        throw new Error('disk full');
      },
    });
    let started = 0;
    await using server = await startComposedServer({ log, runs: { logRetryMs: 20 } });
    await using socket = await openFollowSocket(server.port);
    const runIds = [1, 2, 3].map(() =>
      start(socket, 'rehearsal/ttft=0,tps=500,chars=1200,reasoning=100').then((runId) => {
        started += 1;
        return runId;
      }),
    );
    const ledgers = await followAll(server, await Promise.all(runIds));

    expect(failures).toBeGreaterThan(3);
    for (const ledger of ledgers) {
      expect(ledger.breaches).toEqual([]);
      expect(ledger.terminal?.type).toBe('run.completed');
      expect(ledger.hash()).toBe(await storedHash(server, ledger.runId));
    }
    const recoveries = ledgers[0]?.normalForm().filter(({ type }) => type === 'run.recovered') ?? [];
    expect(recoveries.length).toBeGreaterThan(0);
    for (const event of recoveries) expect(event).toMatchObject({ reason: 'log' });
    expect(server.defects).toEqual([]);
  },
);

test('while a commit is late nothing of it is sent', { timeout: timeoutMs }, async () => {
  const memory = createMemoryLog({ clock: systemClock });
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  let durableSeq = 0;
  const log: EventLog = {
    ...memory,
    async append(append) {
      await gate.promise;
      await memory.append(append);
      durableSeq = append.expectedSeq + append.events.length;
    },
  };
  await using server = await startComposedServer({ log });
  await using socket = await openFollowSocket(server.port);
  const runId = await start(socket, 'rehearsal/ttft=0,tps=200,chars=2000');
  const ledger = createLedger(runId);
  const tooEarly: string[] = [];
  const following = socket.subscribe('runs.events', { runId }, (event: RunEvent, cursor) => {
    ledger.apply(event, cursor);
    if (event.seq > durableSeq) tooEarly.push(`${event.seq} while ${durableSeq} was durable`);
  });
  for (let round = 0; round < 5; round += 1) {
    // The model speaks.
    await sleep(100);
    gate = Promise.withResolvers();
    // What was written before the gate closed is seen by then.
    await sleep(150);
    const { seq } = ledger;
    // It speaks on, and none of it is seen.
    await sleep(100);
    expect(ledger.seq).toBe(seq);
    gate.resolve();
    await expect.poll(() => ledger.seq, eventually).toBeGreaterThan(seq);
  }
  await server.supervisor.command(
    { kind: 'cancel', target: 'run', runId, commandId: crypto.randomUUID() },
    localPrincipal,
  );
  await following;
  expect(tooEarly).toEqual([]);
  expect(ledger.breaches).toEqual([]);
});

test('a run whose append is bad fails alone, in words', { timeout: timeoutMs }, async () => {
  const memory = createMemoryLog({ clock: systemClock });
  let bad = '';
  const log: EventLog = {
    ...memory,
    async append(append) {
      if (append.runId === bad && append.events.some(({ type }) => type === 'stage.delta')) {
        throw new Error('a secret of the inside');
      }
      await memory.append(append);
    },
  };
  await using server = await startComposedServer({ log });
  await using socket = await openFollowSocket(server.port);
  const model = 'rehearsal/ttft=100,tps=300,chars=400';
  const runIds = [await start(socket, model), await start(socket, model), await start(socket, model)];
  bad = runIds[1] ?? '';
  const ledgers = await followAll(server, runIds);

  for (const ledger of ledgers) {
    expect(ledger.breaches).toEqual([]);
    expect(ledger.terminal?.type).toBe(ledger.runId === bad ? 'run.failed' : 'run.completed');
  }
  const failed = ledgers.find(({ runId }) => runId === bad)?.terminal;
  expect(failed).toMatchObject({ failure: { code: 'INTERNAL', retryable: false } });
  expect(JSON.stringify(failed)).not.toContain('secret');
  for (const runId of runIds) checkRun(await log.read(runId, { after: 0, limit: 100_000 }));
});

async function start(socket: FollowSocket, model: string): Promise<string> {
  const input = {
    task: 'Keep',
    models: { default: model },
    pipeline: { roles: ['architect', 'documenter'] },
  };
  return (await socket.call<StartReceipt>('mutation', 'runs.start', input)).runId;
}

/** Each run to its end, by several followers with sockets of their own. */
async function followAll(server: ComposedServer, runIds: readonly string[]): Promise<readonly Ledger[]> {
  return await Promise.all(
    runIds
      .flatMap((runId) => Array.from({ length: followers }, () => createLedger(runId)))
      .map(async (ledger) => {
        await using socket = await openFollowSocket(server.port);
        await socket.follow(ledger);
        return ledger;
      }),
  );
}

async function storedHash(server: ComposedServer, runId: string): Promise<string> {
  const stored = createLedger(runId);
  for (const { event } of await server.log.read(runId, { after: 0, limit: 1_000_000 })) {
    stored.applyStored(event);
  }
  return stored.hash();
}
