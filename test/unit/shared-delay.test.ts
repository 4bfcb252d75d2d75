import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DelayedItem, SharedDelay } from '../../server/runtime/shared-delay.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const delayMs = 100;

type Step =
  { readonly kind: 'add' | 'remove'; readonly item: number } | { readonly kind: 'wait'; readonly ms: number };

class Item extends DelayedItem {
  readonly #onDue: (item: Item) => void;

  constructor(onDue: (item: Item) => void) {
    super();
    this.#onDue = onDue;
  }

  override onDue(): void {
    this.#onDue(this);
  }
}

const item = fc.integer({ min: 0, max: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('add' as const, 'remove' as const), item }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 150 }) }),
);

test('each item is due once, the delay after it was last added, unless it is removed, by one timer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const clock = createFakeClock();
      const seen: string[] = [];
      const delay = new SharedDelay(clock, delayMs);
      const items = [0, 1, 2, 3, 4].map((it) => new Item(() => seen.push(`${it} at ${clock.elapsed()}`)));
      const expected: string[] = [];
      const due = new Map<number, number>();
      const advance = async (ms: number) => {
        const untilMs = clock.elapsed() + ms;
        for (const [it, atMs] of [...due].sort(([, one], [, other]) => one - other)) {
          if (atMs > untilMs) continue;
          expected.push(`${it} at ${atMs}`);
          due.delete(it);
        }
        await clock.advance(ms);
      };
      for (const it of steps) {
        if (it.kind === 'wait') await advance(it.ms);
        else if (it.kind === 'add') {
          delay.add(items[it.item]!);
          due.delete(it.item);
          due.set(it.item, clock.elapsed() + delayMs);
        } else {
          delay.remove(items[it.item]!);
          due.delete(it.item);
        }
        expect(clock.pendingTimers).toBe(Math.min(1, due.size));
      }
      await advance(delayMs);
      expect(seen).toEqual(expected);
    }),
  );
});

test('an item that is added again when it is due is due again', async () => {
  const clock = createFakeClock();
  const seen: number[] = [];
  const delay = new SharedDelay(clock, delayMs);
  const again = new Item((it) => {
    seen.push(clock.elapsed());
    if (seen.length < 3) delay.add(it);
  });
  const startMs = clock.elapsed();
  delay.add(again);
  await clock.advance(1000);
  expect(seen.map((ms) => ms - startMs)).toEqual([100, 200, 300]);
});
