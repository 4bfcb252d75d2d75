import { setTimeout as sleep } from 'node:timers/promises';
import type { RunState, StartReceipt } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { openFollowSocket } from '../support/follow-socket.ts';
import { createLedger } from '../support/ledger.ts';
import { startMortalServer } from '../support/process-killer.ts';
import { checkRun } from '../support/check-run.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { startStubbornFollower, type StubbornFollower } from '../support/persistent-subscriber.ts';
import { sizes, timeoutMs } from './sizes.ts';

// G3: a run survives `kill -9` of its server: every seq once, nothing gone that a client has seen, and it ends.
// Seen red with: commits came only every 300 events; the oldest live run was left out.

const { kills, followers, liveRuns } = sizes.kill;
const roles = ['architect', 'documenter'];

test(
  `${kills} kills at random instants under load, with ${followers} followers who come back`,
  { timeout: timeoutMs },
  async () => {
    const { next: random } = createSeededChance(3);
    await using server = await startMortalServer();
    const crowd: StubbornFollower[] = [];
    const runIds: string[] = [];
    // Each time one more run, so that kills fall before the first token, in mid-token and after the end.
    for (let kill = 0; kill <= kills; kill += 1) {
      const runId = await start(
        server.port,
        `rehearsal/ttft=30,tps=300,chars=1200,reasoning=100,seed=${kill}`,
      );
      runIds.push(runId);
      const comers = kill === 0 ? Math.ceil(followers / 2) : Math.ceil(followers / 2 / kills);
      for (let index = 0; index < comers; index += 1) {
        const picked = runIds[Math.floor(random() * runIds.length)] ?? runId;
        crowd.push(startStubbornFollower({ port: server.port, runId: picked, awayMs: () => random() * 200 }));
      }
      // Kills fall anywhere in a run.
      await sleep(random() * 1200);
      if (kill < kills) await server.killAndRestart();
    }
    await Promise.all(crowd.map(({ ended }) => ended));
    // A run that nobody was drawn to has to end all the same.
    const rest = runIds.map((runId) =>
      startStubbornFollower({ port: server.port, runId, awayMs: () => 100 }),
    );
    await Promise.all(rest.map(({ ended }) => ended));

    const logs = await server.killAndReadLogs(runIds);
    for (const { ledger } of [...crowd, ...rest]) {
      const stored = createLedger(ledger.runId);
      for (const { event } of logs.get(ledger.runId) ?? []) stored.applyStored(event);
      expect(ledger.breaches).toEqual([]);
      expect(ledger.hash()).toBe(stored.hash());
      expect(ledger.terminal?.type).toBe('run.completed');
    }
    for (const entries of logs.values()) checkRun(entries);
    // The proof that kills fell into runs and that followers were thrown out and came back.
    const recoveries = [...logs.values()].flat().filter(({ event }) => event.type === 'run.recovered');
    expect(recoveries.length).toBeGreaterThanOrEqual(kills);
    expect(crowd.reduce((sum, { resumes }) => sum + resumes, 0)).toBeGreaterThanOrEqual(kills);
  },
);

test(
  `${liveRuns} live runs are all taken up again after one kill, each once, and end`,
  { timeout: timeoutMs },
  async () => {
    await using server = await startMortalServer();
    // None can end before the kill: each stalls until its server dies.
    const model = 'rehearsal/ttft=0,tps=200,chars=400,fault=architect.stall@200x1';
    const runIds = await Promise.all(Array.from({ length: liveRuns }, () => start(server.port, model)));
    // The models have begun to speak; what they have said by then is not the same for all.
    await sleep(600);
    await server.killAndRestart();

    const crowd = runIds.map((runId) =>
      startStubbornFollower({ port: server.port, runId, awayMs: () => 50 }),
    );
    await Promise.all(crowd.map(({ ended }) => ended));
    await using principal = await openFollowSocket(server.port);
    for (const { ledger } of crowd) {
      expect(ledger.breaches).toEqual([]);
      const state = await principal.call<RunState>('query', 'runs.get', { runId: ledger.runId });
      expect(state).toMatchObject({ status: 'completed', epoch: 2 });
      // What was said before the kill stays: the text is as long as the model was asked for.
      expect(state.stages.map(({ attempts }) => attempts.at(-1)?.text.length)).toEqual([400, 400]);
    }
    const logs = await server.killAndReadLogs(runIds);
    for (const entries of logs.values()) checkRun(entries);
  },
);

async function start(port: number, model: string): Promise<string> {
  await using socket = await openFollowSocket(port);
  const input = { task: 'Survive', models: { default: model }, pipeline: { roles } };
  const { runId } = await socket.call<StartReceipt>('mutation', 'runs.start', input);
  return runId;
}
