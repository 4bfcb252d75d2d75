import type { RunState, StartReceipt } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { checkRun } from '../support/check-run.ts';
import { checkCopies } from '../support/copy-laws.ts';
import { openFollowSocket, Refusal } from '../support/follow-socket.ts';
import { startStubbornFollower } from '../support/persistent-subscriber.ts';
import { startMortalServer } from '../support/process-killer.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { sizes, timeoutMs } from './sizes.ts';

// G3: a run that starts from another one is in the log as a whole or not at all, whenever its server is killed, and a
// start that is sent again has one run.

const { kills, startsPerKill } = sizes.kill;
/** Long enough that reading the source and appending its copies takes a while. */
const chars = 20_000;

test(
  `${kills} kills while ${startsPerKill} runs each start from another one`,
  { timeout: timeoutMs },
  async () => {
    const { next: random } = createSeededChance(5);
    await using server = await startMortalServer();
    const source = await complete(server.port);
    const sourceStages = await stagesOf(server.port, source);
    const inputs: StartFromInput[] = [];
    let whole = 0;
    let absent = 0;

    for (let kill = 0; kill < kills; kill += 1) {
      const round = Array.from({ length: startsPerKill }, (_, index) =>
        startInput(source, `${kill}-${index}`, index),
      );
      inputs.push(...round);
      const socket = await openFollowSocket(server.port);
      // At once, or as soon as some of them have their receipt: those after them are being read or appended.
      const awaited = kill % 3 === 0 ? 0 : 1 + Math.floor(random() * 3);
      const starting = await startUntil(awaited, () => round.map((input) => start(socket, input)));
      await server.killAndRestart();
      await starting.ended;

      await using again = await openFollowSocket(server.port);
      for (const input of round) {
        const state = await stateOf(again, input.runId);
        if (state === undefined) absent += 1;
        else {
          whole += 1;
          expect(state.stages.length).toBeGreaterThanOrEqual(input.inherited);
          expect(state.stages.slice(0, input.inherited).map(({ attempts }) => attempts[0]?.text)).toEqual(
            sourceStages.slice(0, input.inherited),
          );
        }
        // Sent again, it is the same run.
        expect((await start(again, input)).runId).toBe(input.runId);
        expect((await start(again, input)).runId).toBe(input.runId);
      }
    }
    // Otherwise no kill has fallen before or after an append.
    expect(whole).toBeGreaterThan(0);
    expect(absent).toBeGreaterThan(0);

    const runIds = inputs.map(({ runId }) => runId);
    const followers = runIds.map((runId) =>
      startStubbornFollower({ port: server.port, runId, awayMs: () => 50 }),
    );
    await Promise.all(followers.map(({ ended }) => ended));
    expect(followers.flatMap(({ ledger }) => ledger.breaches)).toEqual([]);

    const logs = await server.killAndReadLogs([source, ...runIds]);
    const original = (logs.get(source) ?? []).map(({ event }) => event);
    for (const runId of runIds) {
      const entries = logs.get(runId) ?? [];
      checkRun(entries);
      checkCopies(
        entries.map(({ event }) => event),
        original,
      );
      expect(entries.at(-1)?.event.type).toBe('run.completed');
    }
  },
);

interface StartFromInput {
  readonly runId: string;
  readonly task: string;
  readonly from: { readonly runId: string; readonly stage?: number; readonly attempt?: number };
  readonly models: { readonly default: string };
  /** Whole stages. */
  readonly inherited: number;
}

type Socket = Awaited<ReturnType<typeof openFollowSocket>>;

/** A follow-up, a rerun of the second stage, or a fork of the first, in turn. */
function startInput(source: string, name: string, index: number): StartFromInput {
  const places = [
    { from: { runId: source }, inherited: 2 },
    { from: { runId: source, stage: 2 }, inherited: 1 },
    { from: { runId: source, stage: 1, attempt: 1 }, inherited: 0 },
  ] as const;
  const place = places[index % places.length] ?? places[0];
  const models = { default: `rehearsal/ttft=0,tps=0,chars=${chars + 2000},seed=${index}` };
  return { ...place, runId: `run_started-from-${name}`, task: 'Now add more', models };
}

/** Resolves when `awaited` of the starts have a receipt, and returns the end of all of them. */
async function startUntil(
  awaited: number,
  begin: () => readonly Promise<StartReceipt>[],
): Promise<{ readonly ended: Promise<unknown> }> {
  let receipts = 0;
  const starts = begin();
  const enough = new Promise<void>((resolve) => {
    if (awaited === 0) setImmediate(resolve);
    for (const one of starts) {
      one.then(
        () => (receipts += 1) >= awaited && resolve(),
        () => resolve(),
      );
    }
  });
  await enough;
  return { ended: Promise.allSettled(starts) };
}

async function start(socket: Socket, given: StartFromInput): Promise<StartReceipt> {
  const { inherited: _, ...input } = given;
  return socket.call<StartReceipt>('mutation', 'runs.start', input);
}

/** The run; `undefined` if there is none. */
async function stateOf(socket: Socket, runId: string): Promise<RunState | undefined> {
  try {
    return await socket.call<RunState>('query', 'runs.get', { runId });
  } catch (error) {
    if (error instanceof Refusal && error.code === 'RUN_NOT_FOUND') return undefined;
    throw error;
  }
}

/** A completed run of two stages with long texts. */
async function complete(port: number): Promise<string> {
  await using socket = await openFollowSocket(port);
  const model = `rehearsal/ttft=0,tps=0,chars=${chars},reasoning=1000,seed=1`;
  const input = {
    task: 'Survive',
    models: { default: model },
    pipeline: { roles: ['architect', 'documenter'] },
  };
  const { runId } = await socket.call<StartReceipt>('mutation', 'runs.start', input);
  await startStubbornFollower({ port, runId, awayMs: () => 50 }).ended;
  return runId;
}

async function stagesOf(port: number, runId: string): Promise<readonly (string | undefined)[]> {
  await using socket = await openFollowSocket(port);
  const { stages } = await socket.call<RunState>('query', 'runs.get', { runId });
  return stages.map(({ attempts }) => attempts[0]?.text);
}
