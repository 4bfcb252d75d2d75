import { expect, test } from 'vitest';
import { createSession } from '../../client/transport/session.ts';
import { createWake } from '../../client/transport/wake.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function createPlatform() {
  const listeners = new Map<string, () => void>();
  const place = {
    addEventListener: (type: string, listener: () => void) => void listeners.set(type, listener),
    removeEventListener: (type: string) => void listeners.delete(type),
  };
  const document = { ...place, visibilityState: 'hidden' };
  return { ...place, document, listeners };
}

test('a wait ends at once when there is a network again, or the page is looked at', async () => {
  const platform = createPlatform();
  const clock = createFakeClock();
  const session = createSession({ clock, random: () => 0.5, backoff: {}, wake: createWake(platform) });
  for (const type of ['online', 'visibilitychange']) {
    let done = 0;
    session.pause(10_000, () => (done += 1));
    const waiting = session.wait(10_000).then(() => (done += 1));
    platform.document.visibilityState = 'hidden';
    platform.listeners.get('visibilitychange')?.();
    await Promise.resolve();
    expect(done).toBe(0);
    platform.document.visibilityState = 'visible';
    platform.listeners.get(type)?.();
    await waiting;
    expect(done).toBe(2);
    expect(clock.pendingTimers).toBe(0);
    // Nothing of the page is held while nobody waits.
    expect(platform.listeners.size).toBe(0);
  }
});

test('where the platform has no such events nothing is told', () => {
  expect(() => createWake({}).on(() => {})()).not.toThrow();
});
