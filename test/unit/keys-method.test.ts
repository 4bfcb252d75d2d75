import { expect, test } from 'vitest';
import { createKeyText } from '../../server/identity/keys/key-text.ts';
import { createKeysMethod } from '../../server/identity/keys/keys-method.ts';
import { createMemoryCredentialStore } from '../../server/identity/keys/memory-credential-store.ts';
import { secretBytes } from '../../server/runtime/random.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function scene() {
  const clock = createFakeClock();
  const store = createMemoryCredentialStore();
  const method = createKeysMethod({ store, clock });
  const create = async (owner: string) => {
    const { id, hash, text } = createKeyText(secretBytes);
    const key = {
      id,
      hash,
      name: owner,
      owner,
      kind: 'bot',
      permissions: ['runs:read'],
      createdAtMs: 0,
    } as const;
    await store.add(key);
    return { id, text };
  };
  return { method, create, store };
}

test('all connections of a key share one principal, and those of another key have another', async () => {
  const { method, create } = scene();
  const [one, other] = [await create('ann'), await create('ann')];
  const principal = await method.authenticate(one.text);
  expect(await method.authenticate(one.text)).toBe(principal);
  expect(await method.current(`key:${one.id}`)).toBe(principal);
  expect(await method.authenticate(other.text)).not.toBe(principal);
  expect(principal).toMatchObject({ owner: 'ann', credential: `key:${one.id}`, permissions: ['runs:read'] });
});

test('a key that is another one in a file that was replaced has another principal', async () => {
  const { method, create, store } = scene();
  const { id, text } = await create('ann');
  const principal = await method.authenticate(text);
  const stored = await store.find(id);
  store.find = async () => ({ ...stored!, owner: 'bob' });
  expect(await method.authenticate(text)).toMatchObject({ owner: 'bob' });
  expect(principal.owner).toBe('ann');
});
