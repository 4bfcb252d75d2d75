import { expect, test } from 'vitest';
import { createCallerIdentities } from '../../server/identity/caller-identity.ts';
import type { CredentialSource } from '../../server/identity/identify.ts';
import { createLiveIdentities } from '../../server/identity/live-identities.ts';
import { localPrincipal, type Principal } from '../../server/identity/principal.ts';
import { createFakeClock } from '../support/fake-clock.ts';

test('a connection keeps the owner for whom it starts runs when its credential is read again', async () => {
  const clock = createFakeClock();
  const both: Principal = {
    ...localPrincipal,
    owner: 'ann',
    owners: ['ann', 'local'],
    credential: 'key:0123456789abcdef',
  };
  let permissions = both.permissions;
  const source: CredentialSource = {
    kind: 'key',
    version: async () => String(permissions.length),
    current: async () => ({ ...both, permissions }),
  };
  const live = createLiveIdentities({ clock, sources: [source] });
  const identityOf = createCallerIdentities({ live, identifyToken: async () => both });
  const principal = { ...localPrincipal, credential: 'key:fedcba9876543210' };
  const identity = identityOf(
    { status: 'accepted', principal },
    { address: undefined, onEnd: () => undefined },
  );
  expect(await identity.refresh('token')).toMatchObject({ owner: 'local', owners: ['ann', 'local'] });
  permissions = ['runs:read'];
  await clock.advance(2000);
  expect(identity.caller).toMatchObject({
    principal: { owner: 'local', owners: ['ann', 'local'], permissions: ['runs:read'] },
  });
  identity.release();
  live.close();
});
