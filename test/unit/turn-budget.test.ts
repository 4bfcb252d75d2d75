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
