import type { RunSummary, StartReceipt } from '@stagewire/shared';
import { expect } from 'vitest';
import { checkRun } from './check-run.ts';
import { openFollowSocket } from './follow-socket.ts';
import { createLedger } from './ledger.ts';
import { readLogs, type NodeProcessOptions } from './node-processes.ts';
import { startStubbornFollower, type StubbornFollower } from './persistent-subscriber.ts';

/** Starts a run at a node. */
export async function startAt(port: number, model: string, more: object = {}): Promise<string> {
  await using socket = await openFollowSocket(port);
  const input = { task: 'Survive', models: { default: model }, pipeline: { roles: ['architect'] }, ...more };
  const { runId } = await socket.call<StartReceipt>('mutation', 'runs.start', input);
  return runId;
}

/** Subscribers of these runs at these nodes, in turn. */
export function followAll(runIds: readonly string[], ports: readonly number[]): readonly StubbornFollower[] {
  return runIds.flatMap((runId) =>
    ports.map((port) => startStubbornFollower({ port, runId, awayMs: () => 50 })),
  );
}

/** Checks that all subscribers have got exactly what is in the log, which keeps all laws of a run. @returns its logs */
export async function expectWhole(
  where: Pick<NodeProcessOptions, 'database' | 'schema'>,
  crowd: readonly StubbornFollower[],
): Promise<Awaited<ReturnType<typeof readLogs>>> {
  await Promise.all(crowd.map(({ ended }) => ended));
  const logs = await readLogs(where, [...new Set(crowd.map(({ ledger }) => ledger.runId))]);
  for (const { ledger } of crowd) {
    const stored = createLedger(ledger.runId);
    for (const { event } of logs.get(ledger.runId) ?? []) stored.applyStored(event);
    expect(ledger.breaches).toEqual([]);
    expect(ledger.hash()).toBe(stored.hash());
    expect(ledger.terminal).toBeDefined();
  }
  for (const entries of logs.values()) {
    // On a busy machine, and while the log may be away.
    checkRun(entries, { outcomeWithinMs: 10_000 });
    const epochs = entries.map(({ epoch }) => epoch);
    expect(epochs).toEqual(epochs.toSorted((one, other) => one - other));
  }
  return logs;
}

/** The epochs in which the runs ended. */
export async function epochsOf(port: number, runIds: readonly string[]): Promise<readonly number[]> {
  await using socket = await openFollowSocket(port);
  const states = await Promise.all(
    runIds.map((runId) => socket.call<RunSummary & { epoch: number }>('query', 'runs.get', { runId })),
  );
  return states.map(({ epoch }) => epoch);
}
