import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createMemoryAccount,
  memoryLimitsOf,
  type MemoryCharge,
} from '../../server/runtime/memory-account.ts';
import { createAnswerMemoryFactory } from '../../server/transport/answer-memory.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { codeFiles, textOf } from '../support/source-tree.ts';

const limits = {
  total: 100,
  runs: 60,
  output: 50,
  requests: 50,
  answers: 40,
  unsent: 50,
  subscriptions: 50,
};

test('every kind is charged by something in the server', () => {
  const source = codeFiles()
    .filter((path) => path.startsWith('server/'))
    .map(textOf)
    .join('\n');
  const { total: _total, ...kinds } = createMemoryAccount(limits).report();
  expect(Object.keys(kinds).filter((kind) => !source.includes(`account.charge('${kind}'`))).toEqual([]);
});

test('a kind has its limit, and all of them have one together', () => {
  const account = createMemoryAccount(limits);
  expect(account.charge('runs', 61)).toBeUndefined();
  const runs = account.charge('runs', 60);
  expect(account.charge('answers', 41)).toBeUndefined();
  const answers = account.charge('answers', 40);
  expect(account.charge('requests', 1)).toBeUndefined();
  expect(runs?.resize(59)).toBe(true);
  expect(runs?.resize(61)).toBe(false);
  expect(runs?.bytes).toBe(59);
  answers?.release();
  answers?.release();
  expect(account.report().total).toEqual({ heldBytes: 59, limitBytes: 100 });
  expect(answers?.resize(1)).toBe(false);
});

// Broken once: a run without bytes, given up, woke nobody, and the run that waited for it was forgotten.
test.each([0, 1])('the end of a charge of %i bytes wakes who waits, once', (bytes) => {
  const account = createMemoryAccount(limits);
  const charge = account.charge('runs', bytes);
  let woken = 0;
  account.onRelease(() => (woken += 1));
  account.charge('answers', 1);
  expect(woken).toBe(0);
  charge?.release();
  charge?.release();
  expect(woken).toBe(1);
});

test('whatever is charged, resized and released, the account holds the sum and never more than its limits', () => {
  const step = fc.record({
    kind: fc.constantFrom('runs' as const, 'answers' as const, 'requests' as const),
    bytes: fc.integer({ min: 0, max: 70 }),
    what: fc.constantFrom('charge', 'resize', 'release'),
    which: fc.nat(20),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const account = createMemoryAccount(limits);
      const open: { kind: 'runs' | 'answers' | 'requests'; charge: MemoryCharge }[] = [];
      for (const { kind, bytes, what, which } of steps) {
        const one = open[which % Math.max(1, open.length)];
        if (what === 'charge') {
          const charge = account.charge(kind, bytes);
          if (charge !== undefined) open.push({ kind, charge });
        } else if (what === 'resize') one?.charge.resize(bytes);
        else one?.charge.release();
        const report = account.report();
        const sum = open.reduce((held, { charge }) => held + charge.bytes, 0);
        expect(report.total.heldBytes).toBe(sum);
        for (const row of Object.values(report)) expect(row.heldBytes).toBeLessThanOrEqual(row.limitBytes);
      }
    }),
  );
});

test('the limits of all kinds follow from one total', () => {
  const { total, ...ofKinds } = memoryLimitsOf(1000);
  expect(total).toBe(1000);
  expect(Math.max(...Object.values(ofKinds))).toBeLessThanOrEqual(500);
});

function rooms() {
  const clock = createFakeClock();
  const account = createMemoryAccount(limits);
  const create = createAnswerMemoryFactory({
    account,
    clock,
    limits: { maxAnswerBytes: 70, answerWaitMs: 1000 },
  });
  return { clock, account, create };
}

test('an answer waits for room until another has left, and is refused when that takes too long', async () => {
  const { clock, create } = rooms();
  const [first, second, third] = [create(), create(), create()];
  await first.answer()(40);
  let isHeld = false;
  const holding = second
    .answer()(30)
    .then(() => (isHeld = true));
  await clock.runTurns();
  expect(isHeld).toBe(false);
  first.release();
  await holding;

  const refused = third
    .answer()(20)
    .catch((error: unknown) => error);
  await clock.advance(1000);
  expect(await refused).toMatchObject({ code: 'OVERLOADED', retryable: true });
  expect(clock.pendingTimers).toBe(0);
});

test('who holds something never waits for more, so that no two wait for each other', async () => {
  const { create } = rooms();
  const [first, second] = [create(), create()];
  const hold = first.answer();
  await hold(20);
  await second.answer()(20);
  await expect(hold(1)).rejects.toMatchObject({ code: 'OVERLOADED' });
});

// A batch of eight answers that were allowed one by one took eight times the limit of all answers, and the process.
test('the answers of one request fit into the limit of all answers together, also when they are asked for at once', async () => {
  const { account, create } = rooms();
  const room = create();
  const asked = await Promise.allSettled([room.answer()(30), room.answer()(30), room.answer()(10)]);
  expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(asked[1]).toMatchObject({ reason: { code: 'TOO_LARGE', details: { maxAnswerBytes: 40 } } });
  expect(account.report().answers.heldBytes).toBe(40);
  room.release();
  expect(account.report().answers.heldBytes).toBe(0);
});

test('one answer alone may be above the limit of all, and then takes all of it', async () => {
  const { account, create } = rooms();
  const room = create();
  const hold = room.answer();
  await hold(30);
  await hold(35);
  expect(account.report().answers.heldBytes).toBe(40);
  await expect(hold(6)).rejects.toMatchObject({ code: 'TOO_LARGE', details: { maxAnswerBytes: 70 } });
  room.release();
});

test('room that comes after its request has gone is given back', async () => {
  const { account, create } = rooms();
  const [first, second] = [create(), create()];
  await first.answer()(40);
  const late = second.answer()(30);
  second.release();
  first.release();
  await expect(late).rejects.toMatchObject({ code: 'OVERLOADED' });
  expect(account.report().total.heldBytes).toBe(0);
});

// The rest of a batch was made after its peer had gone, held until the last answer was made, and counted nowhere.
test('nothing more is made for a request that has gone', async () => {
  const { account, create } = rooms();
  const room = create();
  room.release();
  await expect(room.answer()(1)).rejects.toMatchObject({ code: 'OVERLOADED' });
  expect(account.report().total.heldBytes).toBe(0);
});
