import { useCallback, useSyncExternalStore } from 'react';
import { mayCall } from '../may-call.ts';
import type { Identity, ProcedurePath } from '../generated/contract.ts';
import { useStores } from './stores-context.ts';

/**
 * Who the caller is: `null` without an identity, `undefined` until the server has answered, and while the page is
 * rendered on a server. It is updated when a call is rejected as FORBIDDEN or UNAUTHENTICATED, and after a reconnect, so
 * that a permission that was taken away disappears from the page. All components share one request.
 *
 * @throws Error without a provider.
 */
export function useIdentity(): Identity | null | undefined {
  const { client } = useStores('useIdentity');
  const subscribe = useCallback((listener: () => void) => client.onIdentity(listener), [client]);
  return useSyncExternalStore(
    subscribe,
    () => client.identity,
    () => undefined,
  );
}

/**
 * Whether the caller may call a procedure of the contract, such as `runs.start`: to offer only what the server permits.
 * `false` until the identity is known. The server checks every call in any case.
 *
 * @param runId The run of the call: a link permits calls for its own run only. @default the run of the link
 * @throws Error without a provider.
 */
export function useMay(path: ProcedurePath, runId?: string): boolean {
  return mayCall(useIdentity(), path, runId);
}
