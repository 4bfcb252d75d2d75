import { setTimeout as sleep } from 'node:timers/promises';
import type { StartReceipt } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { openFollowSocket } from '../support/follow-socket.ts';
import { createLedger, type Ledger } from '../support/ledger.ts';
import { startMeasuredProcess } from '../support/measured-process.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { sizes, timeoutMs } from './sizes.ts';

// G6: no seam between what was and what comes.
// Seen red with: the oldest event in memory was taken for its neighbour.

const { follows, sockets } = sizes.noSeam;

test(
  `${follows} follows begun at random instants of a run at full speed, a third of them behind a cursor`,
  { timeout: timeoutMs },
  async () => {
    const { next: random } = createSeededChance(6);
    await using server = await startMeasuredProcess();
    const open = await Promise.all(Array.from({ length: sockets }, () => openFollowSocket(server.port)));
    const first = open[0];
    if (first === undefined) throw new Error('there is no socket');
    const { runId } = await first.call<StartReceipt>('mutation', 'runs.start', {
      task: 'Run',
      models: { default: 'rehearsal/ttft=0,tps=0,chars=100000,reasoning=2000' },
      pipeline: { roles: ['architect', 'documenter'] },
    });

    const whole = createLedger(runId);
    const ended = [first.follow(whole)];
    const fromStart: Ledger[] = [];
    const fromCursor: Ledger[] = [];
    const joined: number[] = [];
    for (let index = 0; index < follows; index += 1) {
      // Whoever comes does so at an instant of its own.
      if (random() < 0.5) await sleep(random() * 12);
      const { seq, cursor } = whole;
      joined.push(seq);
      // One in three as somebody who had the beginning from elsewhere.
      const isLater = index % 3 === 0 && whole.terminal === undefined;
      const ledger = createLedger(runId, isLater ? { from: { seq, cursor }, keepsEvents: false } : {});
      (isLater ? fromCursor : fromStart).push(ledger);
      ended.push((open[index % sockets] ?? first).follow(ledger));
    }
    await Promise.all(ended);
    for (const socket of open) await socket[Symbol.asyncDispose]();

    for (const ledger of [whole, ...fromStart, ...fromCursor]) {
      expect(ledger.breaches).toEqual([]);
      expect(ledger.terminal?.type).toBe('run.completed');
      expect(ledger.seq).toBe(whole.seq);
    }
    expect(new Set(fromStart.map((ledger) => ledger.hash()))).toEqual(new Set([whole.hash()]));
    // The proof that they were begun while the run ran.
    expect(joined.filter((seq) => seq > 0 && seq < whole.seq).length).toBeGreaterThan(follows / 4);
  },
);
