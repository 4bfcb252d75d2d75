import { StagewireError } from '@stagewire/shared';
import type { Call } from './call.ts';
import type { Renewal } from './renewal.ts';
import { closedError, type Session } from './session.ts';

/** How often one call is sent again: other credentials that are rejected too must not become a loop. */
const maxRenewals = 3;

/** Sends a call that was rejected as UNAUTHENTICATED again, once the caller has other credentials. */
export function againWhenAuthenticated(
  call: Call,
  { session, renewal }: { readonly session: Session; readonly renewal: Renewal },
): Call {
  return async (path, input, options) => {
    for (let tries = 0; ; tries += 1) {
      const before = renewal.count;
      try {
        return await call(path, input, options);
      } catch (error) {
        const isRejected = error instanceof StagewireError && error.code === 'UNAUTHENTICATED';
        // How to sign in can be asked without an identity: the function itself may do so.
        if (!isRejected || path === 'server.info' || tries >= maxRenewals) throw error;
        const isRenewed = await renewal.after(before, error, options?.signal);
        options?.signal?.throwIfAborted();
        if (session.closed) throw closedError();
        if (!isRenewed) throw error;
      }
    }
  };
}
