import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createReadPauses } from '../../server/transport/read-pauses.ts';

const reason = fc.constantFrom(
  'unknown caller' as const,
  'calls to begin' as const,
  'answers to send' as const,
);

// Broken once: with a resume that ignores other reasons, one part undid the pause of another.
test('a socket is read exactly while no reason pauses it, and is resumed once by the last reason', () => {
  const step = fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const), reason });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let isPaused = false;
      let resumes = 0;
      const pauses = createReadPauses({
        pause: () => (isPaused = true),
        resume() {
          isPaused = false;
          resumes += 1;
        },
      });
      const paused = new Set<string>();
      let wanted = 0;
      for (const next of steps) {
        if (next.do === 'pause') paused.add(next.reason);
        else if (paused.delete(next.reason) && paused.size === 0) wanted += 1;
        pauses[next.do](next.reason);
        expect(isPaused).toBe(paused.size > 0);
      }
      expect(resumes).toBe(wanted);
    }),
  );
});
