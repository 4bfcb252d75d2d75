import type { Receipt, StartReceipt } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { openFollowSocket } from '../support/follow-socket.ts';
import { startMortalServer } from '../support/process-killer.ts';
import { checkRun } from '../support/check-run.ts';
import { createLedger } from '../support/ledger.ts';
import { eventually, sizes, timeoutMs } from './sizes.ts';

// G8: a command acts once, however often it is sent.
// Seen red with: the stored receipt was not looked for.

const { sends } = sizes.idempotent;

test(
  `one commandId sent ${sends} times over three sockets, and again after a kill, is accepted once`,
  { timeout: timeoutMs },
  async () => {
    await using server = await startMortalServer();
    const commandId = crypto.randomUUID();
    const nextId = crypto.randomUUID();
    const startInput = {
      runId: 'run_idempotent-start',
      task: 'Once',
      models: { default: 'rehearsal/ttft=0,tps=300,chars=2400' },
      pipeline: { roles: ['architect', 'documenter'] },
    };
    const { runId } = startInput;
    const steer = { runId, commandId, text: 'Shorter', mode: 'restart', expect: { role: 'architect' } };
    // Waits for a stage that comes after the kill: its acceptance is all that there is of it by then.
    const next = { runId, commandId: nextId, text: 'And a summary', mode: 'next', expect: 'any' };

    const sendAll = async () => {
      const sockets = await Promise.all([1, 2, 3].map(() => openFollowSocket(server.port)));
      const starts = await Promise.all(
        sockets.map((socket) => socket.call<StartReceipt>('mutation', 'runs.start', startInput)),
      );
      const ledger = createLedger(runId);
      void sockets[0]?.follow(ledger);
      await expect
        .poll(() => ledger.normalForm().some(({ type }) => type === 'stage.delta'), eventually)
        .toBe(true);
      const receipts = await Promise.all(
        Array.from({ length: sends }, (_, index) => {
          const socket = sockets[index % sockets.length];
          if (socket === undefined) throw new Error('there is no socket');
          return Promise.all([
            socket.call<Receipt>('mutation', 'runs.steer', steer),
            socket.call<Receipt>('mutation', 'runs.steer', next),
          ]);
        }),
      );
      const other = sockets[0]?.call('mutation', 'runs.steer', { ...steer, text: 'Longer' });
      await expect(other).rejects.toMatchObject({ code: 'COMMAND_ID_CONFLICT' });
      for (const socket of sockets) await socket[Symbol.asyncDispose]();
      return { starts, receipts };
    };

    const before = await sendAll();
    await server.killAndRestart();
    const after = await sendAll();

    expect(new Set([...before.starts, ...after.starts].map((it) => JSON.stringify(it))).size).toBe(1);
    for (const which of [0, 1] as const) {
      const receipts = [...before.receipts, ...after.receipts].map((pair) => JSON.stringify(pair[which]));
      expect(receipts).toHaveLength(2 * sends);
      expect(new Set(receipts).size).toBe(1);
    }
    {
      await using socket = await openFollowSocket(server.port);
      await socket.follow(createLedger(runId));
      // The run has ended, and still it is the stored receipt that answers, not RUN_ENDED.
      expect(await socket.call<Receipt>('mutation', 'runs.steer', steer)).toEqual(before.receipts[0]?.[0]);
    }
    const entries = (await server.killAndReadLogs([runId])).get(runId) ?? [];
    const count = (type: string, id: string) =>
      entries.filter(({ event }) => event.type === type && 'commandId' in event && event.commandId === id)
        .length;
    for (const id of [commandId, nextId]) {
      expect(count('command.accepted', id)).toBe(1);
      expect(count('command.applied', id)).toBe(1);
    }
    expect(entries.filter(({ event }) => event.type === 'run.recovered')).toHaveLength(1);
    checkRun(entries);
  },
);
