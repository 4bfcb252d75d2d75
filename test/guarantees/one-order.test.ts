import { setTimeout as sleep } from 'node:timers/promises';
import type { StartReceipt } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { openFollowSocket, Refusal } from '../support/follow-socket.ts';
import { createLedger } from '../support/ledger.ts';
import { startMortalServer } from '../support/process-killer.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { startStubbornFollower } from '../support/persistent-subscriber.ts';
import { sizes, timeoutMs } from './sizes.ts';

// G1: one order per run, seq 1 to n without gaps, the same for all.
// Seen red with: merging lost every seventh piece of text.

const { runs, followers } = sizes.oneOrder;

test(
  `${followers} followers of a random run apply the same, whenever they came and whatever pieces they got`,
  { timeout: timeoutMs },
  async () => {
    await using server = await startMortalServer();
    await using commander = await openFollowSocket(server.port);

    async function play(seed: number): Promise<readonly [string, string]> {
      const { next: random, uuid } = createSeededChance(seed);
      const model = `rehearsal/ttft=20,tps=1200,chars=900,reasoning=200,seed=${seed},fault=coder.drop@300x1`;
      const { runId } = await commander.call<StartReceipt>('mutation', 'runs.start', {
        task: `Order ${seed}`,
        models: { default: model },
      });
      const crowd = Array.from({ length: followers }, async () => {
        // Whoever comes does so at an instant of its own.
        await sleep(random() * 2000);
        const follower = startStubbornFollower({ port: server.port, runId, awayMs: () => 20 });
        if (random() < 0.3) setTimeout(() => follower.drop(), random() * 1000);
        await follower.ended;
        return follower.ledger;
      });
      for (const [path, input] of commands) {
        if (random() < 0.3) continue;
        // Commands fall anywhere in the run.
        await sleep(random() * 500);
        const command = { runId, commandId: uuid(), ...input };
        await commander.call('mutation', path, command).catch((error: unknown) => {
          // The run may have ended, or be in a stage that cannot be continued.
          if (!(error instanceof Refusal)) throw error;
        });
      }

      const ledgers = await Promise.all(crowd);
      for (const ledger of ledgers) {
        expect(ledger.breaches).toEqual([]);
        expect(ledger.terminal).toBeDefined();
      }
      const hashes = new Set(ledgers.map((ledger) => ledger.hash()));
      expect(hashes.size).toBe(1);
      // They did get different pieces, or it would prove nothing about merging.
      expect(new Set(ledgers.map((ledger) => ledger.messages)).size).toBeGreaterThan(1);
      return [runId, [...hashes].join()];
    }

    const told: (readonly [string, string])[] = [];
    for (let seed = 1; seed <= runs; seed += 3) {
      told.push(...(await Promise.all([seed, seed + 1, seed + 2].map(play))));
    }
    const stored = await server.killAndReadLogs(told.map(([runId]) => runId));
    for (const [runId, hash] of told) {
      const ledger = createLedger(runId);
      for (const { event } of stored.get(runId) ?? []) ledger.applyStored(event);
      expect(ledger.breaches).toEqual([]);
      expect(ledger.hash()).toBe(hash);
    }
  },
);

const commands = [
  ['runs.steer', { text: 'Shorter', mode: 'continue', expect: 'any' }],
  ['runs.steer', { text: 'Again', mode: 'restart', expect: 'any' }],
  ['runs.cancel', { target: 'stage', expect: 'any' }],
  ['runs.redirect', { to: 'coder', expect: 'any' }],
] as const;
