import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createTurnBudget } from '../../server/runtime/turn-budget.ts';

/** A clock whose turns and time the test moves. */
function createClock() {
  let nowMs = 0;
  const turns: (() => void)[] = [];
  return {
    elapsed: () => nowMs,
    turn: (task: () => void) => void turns.push(task),
    pass: (ms: number) => (nowMs += ms),
    nextTurn: () => turns.splice(0).forEach((task) => task()),
    get pendingTurns() {
      return turns.length;
    },
  };
}

test('what fits into a turn is done at once, the rest in later turns, in the order of the calls', () => {
  const clock = createClock();
  const budget = createTurnBudget({ clock, turnMs: 10, tasksPerTurn: 2 });
  const done: number[] = [];
  const putOff = Array.from({ length: 9 }, (_, number) =>
    budget.run(() => {
      done.push(number);
      clock.pass(4);
    }),
  );
  expect(done).toEqual([0, 1, 2]);
  expect(putOff).toEqual([false, false, false, true, true, true, true, true, true]);
  // The turn before was too long for more than one.
  clock.nextTurn();
  expect(done).toEqual([0, 1, 2, 3]);
  clock.nextTurn();
  expect(done).toEqual([0, 1, 2, 3, 4, 5]);
  // Although there is time left in this turn: whoever waits comes first.
  budget.run(() => void done.push(9));
  clock.nextTurn();
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  clock.nextTurn();
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  clock.nextTurn();
  expect(clock.pendingTurns).toBe(0);
});

test('a new turn has its whole time again', () => {
  const clock = createClock();
  const budget = createTurnBudget({ clock, turnMs: 10 });
  budget.run(() => void clock.pass(50));
  clock.nextTurn();
  expect(budget.run(() => undefined)).toBe(false);
});

test('a task that throws does not keep the others from their turn', () => {
  const clock = createClock();
  const budget = createTurnBudget({ clock, turnMs: 0, tasksPerTurn: 1 });
  const done: string[] = [];
  const bad = () => {
    throw new Error('a bad task');
  };
  budget.run(bad);
  budget.run(() => void done.push('next'));
  expect(() => clock.nextTurn()).toThrow('a bad task');
  clock.nextTurn();
  expect(done).toEqual(['next']);
});

test('a task that finds nothing to do leaves its place in the turn to the next one', () => {
  const clock = createClock();
  const budget = createTurnBudget({ clock, turnMs: 0, tasksPerTurn: 1 });
  const done: number[] = [];
  for (let number = 0; number < 5; number += 1) {
    budget.run(() => {
      done.push(number);
      return number === 4;
    });
  }
  clock.nextTurn();
  expect(done).toEqual([0, 1, 2, 3, 4]);
});

// While new tasks kept coming, what was done was kept with all that it held: a process of 256 MB died of it.
test('what was done is let go although there is always more to do', async () => {
  const clock = createClock();
  const budget = createTurnBudget({ clock, turnMs: 0, tasksPerTurn: 2 });
  const begun: WeakRef<object>[] = [];
  const add = () => {
    const held = { bytes: new Uint8Array(1000) };
    begun.push(new WeakRef(held));
    budget.run(() => void held.bytes.length);
  };
  for (let count = 0; count < 10; count += 1) add();
  for (let turns = 0; turns < 500; turns += 1) {
    add();
    add();
    clock.nextTurn();
  }
  await new Promise((resolve) => setImmediate(resolve));
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  expect(begun.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(100);
});

// 300 bodies that arrived at once were parsed in 300 turns of 50 ms, and a connection was accepted in each: a health check that
// came after them was answered 14 s later.
test('after a long turn the deferred tasks wait while connections are accepted', () => {
  const clock = createClock();
  const budget = createTurnBudget({ clock, turnMs: 10, restMs: 20 });
  const done: number[] = [];
  for (let number = 0; number < 3; number += 1) {
    budget.run(() => {
      done.push(number);
      clock.pass(50);
    });
  }
  expect(done).toEqual([0]);
  for (let connection = 0; connection < 5; connection += 1) {
    budget.accepted();
    clock.nextTurn();
    expect(done).toEqual([0]);
    // What comes in the meantime waits too.
    expect(budget.run(() => void done.push(10 + connection))).toBe(true);
  }
  // No further connection was queued.
  clock.nextTurn();
  expect(done).toEqual([0, 1]);
});

test('connections that keep coming delay the deferred tasks by restMs', () => {
  const clock = createClock();
  const budget = createTurnBudget({ clock, turnMs: 10, restMs: 20 });
  let done = 0;
  for (let number = 0; number < 3; number += 1) {
    budget.run(() => {
      done += 1;
      clock.pass(50);
    });
  }
  const doneAfter = [];
  for (let turn = 0; turn < 50; turn += 1) {
    budget.accepted();
    clock.pass(1);
    clock.nextTurn();
    doneAfter.push(done);
  }
  expect(doneAfter.indexOf(2)).toBe(20);
  expect(doneAfter.at(-1)).toBe(3);
});

test('without a long turn the connections that are accepted delay nothing', () => {
  const clock = createClock();
  const budget = createTurnBudget({ clock, turnMs: 10, tasksPerTurn: 1 });
  let done = 0;
  budget.run(() => void clock.pass(10));
  for (let number = 0; number < 3; number += 1) budget.run(() => void (done += 1));
  budget.accepted();
  clock.nextTurn();
  expect(done).toBe(1);
});

test('few deferred tasks run after a long turn, and more after each short one', () => {
  const clock = createClock();
  const budget = createTurnBudget({ clock, turnMs: 10, tasksPerTurn: 8 });
  let done = 0;
  budget.run(() => void clock.pass(50));
  for (let number = 0; number < 100; number += 1) budget.run(() => void (done += 1));
  const perTurn = [1, 2, 3, 4, 5].map(() => {
    const before = done;
    clock.nextTurn();
    return done - before;
  });
  expect(perTurn).toEqual([1, 2, 4, 8, 8]);
});
