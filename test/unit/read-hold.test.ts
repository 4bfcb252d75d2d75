import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createReadHold } from '../../server/transport/read-hold.ts';

const reason = fc.constantFrom(
  'unknown caller' as const,
  'calls to begin' as const,
  'answers to send' as const,
);

// Broken once: with a release that resumes whatever else is held, one part undid the pause of another.
test('a socket is read exactly while nobody holds it, and is resumed only by who held it', () => {
  const step = fc.record({ do: fc.constantFrom('hold' as const, 'release' as const), reason });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let isPaused = false;
      let resumes = 0;
      const hold = createReadHold({
        pause: () => (isPaused = true),
        resume() {
          isPaused = false;
          resumes += 1;
        },
      });
      const held = new Set<string>();
      let wanted = 0;
      for (const next of steps) {
        if (next.do === 'hold') held.add(next.reason);
        else if (held.delete(next.reason) && held.size === 0) wanted += 1;
        hold[next.do](next.reason);
        expect(isPaused).toBe(held.size > 0);
      }
      expect(resumes).toBe(wanted);
    }),
  );
});
