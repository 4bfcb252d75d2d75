import { expect, test } from 'vitest';
import { createFailFastStore } from '../../server/identity/keys/fail-fast-store.ts';
import { createMemoryCredentialStore } from '../../server/identity/keys/memory-credential-store.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function scene(failsAfterMs = 0) {
  const clock = createFakeClock();
  const memory = createMemoryCredentialStore();
  const state = { isBroken: true, reads: 0 };
  const reading = async <Result>(work: () => Promise<Result>) => {
    state.reads += 1;
    if (!state.isBroken) return work();
    await clock.advance(failsAfterMs);
    throw new Error('no disk');
  };
  const store = createFailFastStore(
    { ...memory, find: (id) => reading(() => memory.find(id)), version: () => reading(memory.version) },
    { clock },
  );
  return { clock, state, store };
}

test('however many callers there are, a store that fails is read once a second', async () => {
  const { clock, state, store } = scene();
  for (let second = 1; second <= 3; second += 1) {
    for (let caller = 0; caller < 500; caller += 1) {
      await expect(caller % 2 === 0 ? store.find('x') : store.version()).rejects.toThrow('no disk');
    }
    expect(state.reads).toBe(second);
    await clock.advance(1000);
  }
});

test('the first caller after it works again is served, and all after it', async () => {
  const { clock, state, store } = scene();
  await expect(store.find('x')).rejects.toThrow('no disk');
  state.isBroken = false;
  await clock.advance(1000);
  for (let caller = 0; caller < 10; caller += 1) expect(await store.find('x')).toBeUndefined();
  expect(state.reads).toBe(11);
});

test('a failure that blocks the thread for long is followed by a pause that is four times as long', async () => {
  const { clock, state, store } = scene(2000);
  await expect(store.find('x')).rejects.toThrow('no disk');
  await clock.advance(7999);
  await expect(store.find('x')).rejects.toThrow('no disk');
  expect(state.reads).toBe(1);
  await clock.advance(1);
  await expect(store.find('x')).rejects.toThrow('no disk');
  expect(state.reads).toBe(2);
});
