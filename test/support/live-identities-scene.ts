import { wireErrors } from '@stagewire/shared/wire-errors';
import type { CredentialSource } from '../../server/identity/identify.ts';
import { createLiveIdentities, type LiveIdentitiesOptions } from '../../server/identity/live-identities.ts';
import { localPrincipal, type Principal } from '../../server/identity/principal.ts';
import { createFakeClock } from './fake-clock.ts';

/** The identities of open connections, over a source of credentials that a test changes, breaks and delays. */
export function createIdentitiesScene(options: Partial<LiveIdentitiesOptions> = {}) {
  let notify = () => {};
  const clock = createFakeClock();
  const current = new Map<string, Principal | undefined>();
  const asked: string[] = [];
  const source: CredentialSource & { changes: number; isBroken: boolean } = {
    kind: 'key',
    changes: 0,
    isBroken: false,
    version() {
      return this.isBroken ? Promise.reject(new Error('no disk')) : Promise.resolve(String(this.changes));
    },
    async current(credential: string) {
      asked.push(credential);
      const principal = current.get(credential);
      if (principal === undefined) throw wireErrors.UNAUTHENTICATED.revoked();
      return principal;
    },
  };
  const errors: string[] = [];
  const logger = { info() {}, warn() {}, error: (_: unknown, message: string) => void errors.push(message) };
  const live = createLiveIdentities({
    clock,
    sources: [source],
    logger,
    onChange(listener) {
      notify = listener;
      return () => {};
    },
    ...options,
  });
  const ended: string[] = [];
  const hold = (name: string, more: Partial<Principal>) => {
    const principal = { ...localPrincipal, ...more };
    if (principal.credential !== undefined) current.set(principal.credential, principal);
    const holder = { principal, end: ({ message }: Error) => void ended.push(`${name}: ${message}`) };
    live.watch(holder);
    return holder;
  };
  return { clock, live, hold, ended, source, current, asked, errors, notify: () => notify() };
}
