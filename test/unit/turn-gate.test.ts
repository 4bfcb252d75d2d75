import { expect, test } from 'vitest';
import { createTurnGate } from '../../server/delivery/turn-gate.ts';

/** A gate for callers whose sends take so long, in turns between which other work takes as long as the test says. */
function createGate(sendMs: number) {
  let nowMs = 0;
  let tasks: (() => void)[] = [];
  const clock = { elapsed: () => nowMs, turn: (task: () => void) => void tasks.push(task) };
  const gate = createTurnGate(clock, { perTurn: 2, perMs: 3, mostPerTurn: 9 });
  const admitted: number[] = [];
  const settle = async () => {
    for (let ticks = 0; ticks < 5; ticks += 1) await Promise.resolve();
  };
  return {
    admitted,
    async ask(caller: number) {
      await gate.pass();
      nowMs += sendMs;
      admitted.push(caller);
    },
    /** How many were admitted in a turn before which other work has taken so long. */
    async turn(otherMs: number): Promise<number> {
      await settle();
      const before = admitted.length;
      nowMs += otherMs;
      const now = tasks;
      tasks = [];
      for (const task of now) {
        task();
        await settle();
      }
      return admitted.length - before;
    },
  };
}

const callers = Array.from({ length: 30 }, (_, number) => number);

test('admits so many per turn, more where other work takes long, in the order in which they asked', async () => {
  const { ask, turn, admitted } = createGate(0);
  void Promise.all(callers.map(ask));
  const perTurn = [await turn(0), await turn(0.1), await turn(2), await turn(100), await turn(0)];
  expect(perTurn).toEqual([2, 2, 6, 9, 2]);
  await turn(100);
  expect(admitted).toEqual(callers);
});

test('does not admit more because of its own sends, however long they take', async () => {
  const { ask, turn } = createGate(5);
  void Promise.all(callers.map(ask));
  await turn(0);
  for (let turns = 0; turns < 5; turns += 1) expect(await turn(0.1)).toBe(2);
});
