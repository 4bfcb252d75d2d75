import { expect, test } from 'vitest';
import { createGrowthLimit } from '../../server/runs/execute/growth-limit.ts';
import { createEngine, settle, typesOf } from '../support/engine.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

const delta = (text: string, attempt = 1) =>
  ({ type: 'stage.delta', stage: 1, role: 'coder', attempt, offset: 0, text }) as const;

function limitOf(options: { maxAttemptChars?: number; maxRunChars?: number } = {}) {
  const reached: string[] = [];
  const held: number[] = [];
  const limit = createGrowthLimit({ stages: [] } as never, {
    maxAttemptChars: 10,
    maxRunChars: 25,
    maxRunLogBytes: 1000,
    chargeGrowth: (bytes) => held.push(bytes) > 0,
    onLimitReached: (message) => reached.push(message),
    ...options,
  });
  return { limit, reached, held };
}

test('an attempt keeps what fits, and nothing after it', () => {
  const { limit, reached } = limitOf();
  expect(limit.clip(delta('12345678'))?.text).toBe('12345678');
  expect(limit.clip(delta('9abc'))?.text).toBe('9a');
  expect(limit.clip(delta('d'))).toBeUndefined();
  expect(reached).toEqual(['the attempt has written more than 10 characters (maxAttemptChars)']);
});

test('another attempt has its own limit, and the run one for all', () => {
  const { limit, reached } = limitOf();
  for (const attempt of [1, 2]) expect(limit.clip(delta('0123456789', attempt))?.text).toHaveLength(10);
  expect(limit.clip(delta('0123456789', 3))?.text).toBe('01234');
  expect(reached).toEqual(['the run has written more than 25 characters (maxRunChars)']);
});

test('memory is asked for in steps', () => {
  const { limit, held } = limitOf({ maxAttemptChars: 1e9, maxRunChars: 1e9 });
  for (let count = 0; count < 300; count += 1) limit.clip(delta('x'.repeat(1000)));
  expect(held).toHaveLength(2);
  expect(Math.min(...held)).toBeGreaterThanOrEqual(256 * 1024);
});

test('a model that writes without end ends its run, with its text and its closed files', async () => {
  const provider = createScriptedProvider();
  const engine = createEngine({ provider, maxAttemptChars: 5000 });
  const runId = await engine.start({ pipeline: { roles: ['coder'] } });
  const { call } = provider;
  call.say('```ts a.ts\nconst a = 1;\n```\n');
  for (let count = 0; count < 20; count += 1) call.say('more '.repeat(100));
  await engine.clock.runTurns();
  await engine.clock.advance(1000);
  const state = await settle(engine.clock, engine.state(runId));
  expect(state).toMatchObject({ status: 'failed', failure: { code: 'LIMIT_REACHED', retryable: false } });
  expect(state.stages[0]?.attempts[0]?.text).toHaveLength(5000);
  expect(state.files.map(({ path }) => path)).toEqual(['a.ts']);
  expect(typesOf(await engine.events(runId)).slice(-3)).toEqual([
    'artifact.recorded',
    'stage.failed',
    'run.failed',
  ]);
});

test('the bytes that a run takes in the log are limited', async () => {
  const provider = createScriptedProvider();
  const engine = createEngine({ provider, maxRunLogBytes: 100_000 });
  const runId = await engine.start({ pipeline: { roles: ['coder'] } });
  for (let count = 0; count < 400; count += 1) {
    provider.call.say('a token of some length, as it comes');
    await engine.clock.runTurns();
  }
  const state = await settle(engine.clock, engine.state(runId));
  expect(state.failure?.message).toMatch(/maxRunLogBytes/);
});

test('what fits of a single delta is written before the run ends', async () => {
  const provider = createScriptedProvider();
  const engine = createEngine({ provider, maxAttemptChars: 50 });
  const runId = await engine.start({ pipeline: { roles: ['coder'] } });
  provider.call.say('x'.repeat(60));
  await engine.clock.advance(1000);
  const state = await settle(engine.clock, engine.state(runId));
  expect(state).toMatchObject({ status: 'failed', failure: { code: 'LIMIT_REACHED' } });
  expect(state.stages[0]?.attempts[0]?.text).toHaveLength(50);
});

// What was beyond the limit counted, though it was never held: a recount gave back more than there was.
test('a recount gives back what was held, not what was refused', () => {
  const { limit, held } = limitOf({ maxAttemptChars: 1e6, maxRunChars: 1e7 });
  limit.clip(delta('x'.repeat(600_000)));
  expect(limit.clip(delta('x'.repeat(5e6)))?.text).toHaveLength(400_000);
  const sum = () => held.reduce((all, bytes) => all + bytes, 0);
  expect(sum()).toBe(2_000_000);
  limit.recount({ stages: [] } as never);
  expect(sum()).toBe(0);
});

test('after writes that bring much the log is looked at before the next ones', async () => {
  const { limit, reached } = limitOf({ maxAttemptChars: 1e9, maxRunChars: 1e9 });
  const log = { head: () => Promise.resolve({ status: 'live', bytes: 2000 } as never) };
  limit.clip(delta('little'));
  await limit.checkLog(log, 'run');
  expect(reached).toEqual([]);
  limit.clip(delta('x'.repeat(1_000_000)));
  await limit.checkLog(log, 'run');
  expect(reached).toEqual(['the run takes more than 1000 bytes of the log (maxRunLogBytes)']);
});
