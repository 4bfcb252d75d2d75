import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createOwnerTurns } from '../../server/providers/owner-turns.ts';

test('owners take turns, and the items of one owner come in their order', () => {
  const turns = createOwnerTurns<string>();
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) turns.add(item.charAt(0), item);
  turns.add('a', 'a0', true);
  turns.remove('a', 'a2');
  turns.remove('b', 'unknown');
  expect(turns.size).toBe(6);
  const taken = Array.from({ length: 7 }, () => turns.take());
  expect(taken).toEqual(['a0', 'b1', 'c1', 'a1', 'b2', 'a3', undefined]);
  expect(turns.size).toBe(0);
});

test('the place of an item is the number of items that are taken before it', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 40 }), (owners) => {
      const turns = createOwnerTurns<number>();
      for (const [item, owner] of owners.entries()) turns.add(owner, item);
      turns.take();
      const places = owners.map((owner, item) => turns.aheadOf(owner, item));
      for (let place = 0; turns.size > 0; place += 1) expect(places[turns.take() ?? -1]).toBe(place);
    }),
    { seed: 16 },
  );
});
