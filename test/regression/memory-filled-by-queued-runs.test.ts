import { expect, test } from 'vitest';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import { createEngine, settle } from '../support/engine.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

// A run kept its files, instructions and waiting steers in memory until it ended, waiting or not: 3,040 starts with
// instructions of 20,000 characters ended a process with a heap of 1 GB, and again at each start, for ever.

const files = [{ path: 'context.txt', text: 'x'.repeat(200_000) }];
const instructions = { all: 'y'.repeat(20_000), coder: 'z'.repeat(20_000) };

function accountOf(runs: number) {
  return createMemoryAccount({ ...memoryLimitsOf(1_000_000_000), runs });
}

test('a run that waits holds nothing but its place', async () => {
  const account = accountOf(100_000_000);
  const engine = createEngine({ provider: createScriptedProvider(), account, maxRunningRuns: 1 });
  await engine.start({ files, instructions });
  const { heldBytes } = account.report().runs;
  const waiting = [];
  for (let count = 0; count < 20; count += 1) waiting.push(await engine.start({ files, instructions }));
  expect(account.report().runs.heldBytes).toBe(heldBytes);
  expect(engine.supervisor.heartbeat(waiting[7]!)).toMatchObject({ type: 'run.waiting', ahead: 7 });
});

test('a run that begins at once is charged for its instructions as for its files', async () => {
  const held = async (start: Parameters<ReturnType<typeof createEngine>['start']>[0]) => {
    const account = accountOf(100_000_000);
    const engine = createEngine({ provider: createScriptedProvider(), account });
    await engine.start(start);
    return account.report().runs.heldBytes;
  };
  const bare = await held({});
  expect((await held({ instructions })) - bare).toBe(160_000);
  expect((await held({ files })) - bare).toBe(800_000);
});

test('commands of a run that waits are decided, and held nowhere but in the log', async () => {
  const account = accountOf(100_000_000);
  const provider = createScriptedProvider();
  const engine = createEngine({ provider, account, maxRunningRuns: 1 });
  const first = await engine.start();
  const second = await engine.start({ instructions });
  const { heldBytes } = account.report().runs;
  const steer = {
    kind: 'steer',
    text: 'w'.repeat(20_000),
    mode: 'next',
    scope: 'run',
    expect: 'any',
  } as const;
  for (let count = 0; count < 5; count += 1) {
    await settle(engine.clock, engine.command({ ...steer, runId: second }));
  }
  await engine.clock.runTurns();
  expect(account.report().runs.heldBytes).toBe(heldBytes);

  await settle(engine.clock, engine.command({ kind: 'cancel', target: 'run', runId: first }));
  await engine.clock.runTurns();
  const { status, commands } = await settle(engine.clock, engine.state(second));
  expect(status).toBe('running');
  expect(commands.map((command) => command.status)).toEqual(Array.from({ length: 5 }, () => 'applied'));
});

test('a run that waits can be cancelled and redirected', async () => {
  const engine = createEngine({ provider: createScriptedProvider(), maxRunningRuns: 1 });
  await engine.start();
  const [second, third] = [await engine.start(), await engine.start()];
  await settle(
    engine.clock,
    engine.command({ kind: 'redirect', to: 'documenter', expect: 'any', runId: third }),
  );
  await settle(engine.clock, engine.command({ kind: 'cancel', target: 'run', runId: second }));
  await engine.clock.runTurns();
  expect((await settle(engine.clock, engine.state(second))).status).toBe('cancelled');
  expect((await settle(engine.clock, engine.state(third))).plan[0]).toBe('documenter');
  expect(engine.supervisor.heartbeat(third)).toMatchObject({ ahead: 0 });
});

test('a run begins when there is memory for it, in the order of the queue', async () => {
  const account = accountOf(4_400_000);
  const provider = createScriptedProvider();
  const engine = createEngine({ provider, account });
  const ids: string[] = [];
  for (let count = 0; count < 5; count += 1) ids.push(await engine.start({ files }));
  await engine.clock.runTurns();
  const statuses = async () => {
    const found = [];
    for (const id of ids) found.push((await settle(engine.clock, engine.state(id))).status);
    return found;
  };
  expect(await statuses()).toEqual(['running', 'running', 'running', 'queued', 'queued']);
  await settle(engine.clock, engine.command({ kind: 'cancel', target: 'run', runId: ids[1]! }));
  await engine.clock.runTurns();
  expect(await statuses()).toEqual(['running', 'cancelled', 'running', 'running', 'queued']);
});

// Each small run that came had room, and the large one never: it was passed for as long as there were small ones.
test('a large run that waits for memory is not passed by small ones', async () => {
  const account = accountOf(4_400_000);
  const engine = createEngine({ provider: createScriptedProvider(), account });
  const status = async (runId: string) => (await settle(engine.clock, engine.state(runId))).status;
  const cancel = async (runId: string) => {
    await settle(engine.clock, engine.command({ kind: 'cancel', target: 'run', runId }));
    await engine.clock.runTurns();
  };
  const small = [await engine.start({ files }), await engine.start({ files })];
  const large = await engine.start({ files: [1, 2, 3, 4].map((n) => ({ ...files[0]!, path: `${n}.txt` })) });
  await engine.clock.runTurns();
  expect(await status(large)).toBe('queued');

  for (let round = 0; round < 5; round += 1) {
    small.push(await engine.start({ files }));
    await engine.clock.runTurns();
    expect(await status(small.at(-1)!)).toBe('queued');
    expect(engine.supervisor.heartbeat(large)).toMatchObject({ phase: 'queued', ahead: 0 });
  }
  await cancel(small[0]!);
  await cancel(small[1]!);
  expect(await status(large)).toBe('running');
  await cancel(large);
  expect(await status(small[2]!)).toBe('running');
  expect(await status(small[3]!)).toBe('running');
});

test('a restart takes up as many runs as there is memory for, and the others when their turn comes', async () => {
  const before = createEngine({ provider: createScriptedProvider() });
  const ids: string[] = [];
  for (let count = 0; count < 6; count += 1) ids.push(await before.start({ files }));
  await settle(before.clock, before.supervisor.stop());

  const { clock, log } = before;
  const account = accountOf(4_400_000);
  const after = createEngine({ provider: createScriptedProvider(), clock, log, account, seed: 2 });
  await settle(clock, after.supervisor.recover());
  await clock.runTurns();
  expect(account.report().runs.heldBytes).toBeLessThanOrEqual(4_400_000);
  const epochs = async () => {
    const found = [];
    for (const id of ids) found.push((await settle(clock, after.state(id))).epoch);
    return found;
  };
  expect((await epochs()).filter((epoch) => epoch === 2).length).toBeGreaterThan(0);
  expect((await epochs()).filter((epoch) => epoch === 1).length).toBeGreaterThan(0);
  for (let round = 0; round < 6; round += 1) {
    const cancel = { kind: 'cancel', target: 'run', runId: ids[round]! } as const;
    await settle(clock, after.command(cancel));
    await clock.runTurns();
  }
  expect(account.report().runs.heldBytes).toBe(0);
});

test('what a model writes is held too, and ends the run when there is no memory for it', async () => {
  const provider = createScriptedProvider();
  const engine = createEngine({ provider, account: accountOf(3_000_000) });
  const runId = await engine.start({ pipeline: { roles: ['coder'] } });
  const call = provider.call;
  for (let count = 0; count < 40; count += 1) {
    call.say('t'.repeat(50_000));
    await engine.clock.runTurns();
  }
  const state = await settle(engine.clock, engine.state(runId));
  expect(state).toMatchObject({ status: 'failed', failure: { code: 'LIMIT_REACHED', retryable: false } });
  expect(state.stages[0]?.attempts[0]?.text.length).toBeGreaterThan(500_000);
  expect(call.signal.aborted).toBe(true);
});

test('fifty commands to a run that has ended are answered by one reading of its log', async () => {
  const provider = createScriptedProvider();
  const engine = createEngine({ provider });
  const runId = await engine.start({ pipeline: { roles: ['documenter'] } });
  provider.call.answer('Done.');
  await engine.clock.runTurns();
  let reads = 0;
  const log = {
    ...engine.log,
    read: (...args: Parameters<typeof engine.log.read>) => {
      reads += 1;
      return engine.log.read(...args);
    },
  };
  const later = createEngine({ provider, clock: engine.clock, log, seed: 3 });
  await settle(engine.clock, later.supervisor.recover());
  const cancels = Array.from({ length: 50 }, () => later.command({ kind: 'cancel', target: 'run', runId }));
  const outcomes = await settle(engine.clock, Promise.allSettled(cancels));
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
  expect(outcomes[0]).toMatchObject({ reason: { code: 'RUN_ENDED', details: { status: 'completed' } } });
  await settle(engine.clock, later.state(runId));
  expect(reads).toBeLessThanOrEqual(2);
});
