import { expect, test } from 'vitest';
import { createTurnGate } from '../../server/delivery/turn-gate.ts';

/** A gate whose turns take as long as the test says. */
function createGate() {
  let nowMs = 0;
  let task: (() => void) | undefined;
  const clock = { elapsed: () => nowMs, turn: (next: () => void) => void (task = next) };
  const gate = createTurnGate(clock, { perTurn: 2, perMs: 3, mostPerTurn: 9 });
  const admitted: number[] = [];
  return {
    admitted,
    async ask(caller: number) {
      await gate.pass();
      admitted.push(caller);
    },
    /** How many were admitted in a turn before which so much time has passed. */
    async turn(ms: number): Promise<number> {
      const before = admitted.length;
      nowMs += ms;
      const now = task;
      task = undefined;
      now?.();
      for (let ticks = 0; ticks < 5; ticks += 1) await Promise.resolve();
      return admitted.length - before;
    },
  };
}

test('admits so many per turn, more where turns are long, in the order in which they asked', async () => {
  const { ask, turn, admitted } = createGate();
  const callers = Array.from({ length: 30 }, (_, number) => number);
  void Promise.all(callers.map(ask));
  expect([await turn(0), await turn(0.1), await turn(2), await turn(100), await turn(0)]).toEqual([
    2 + 2,
    2,
    6,
    9,
    2,
  ]);
  await turn(100);
  expect(admitted).toEqual(callers);
});
