import { useCallback, useSyncExternalStore } from 'react';
import type { DeleteReceipt } from '../generated/contract.ts';
import type { CallOptions } from '../transport/call.ts';
import { useStores } from './stores-context.ts';

/**
 * Deletes a run that has ended, with all its data. When the promise resolves, the lists of `useRuns` do not have the run
 * any more, and `useRun` of it is `unavailable` with RUN_EXPIRED. Rejects like `delete` of the client.
 *
 * @throws Error without a provider.
 */
export function useDeleteRun(): (runId: string, options?: CallOptions) => Promise<DeleteReceipt> {
  const { client, noteDeleted } = useStores('useDeleteRun');
  return useCallback(
    async (runId, options) => {
      const receipt = await client.delete(runId, options);
      noteDeleted(runId);
      return receipt;
    },
    [client, noteDeleted],
  );
}

/**
 * Whether the run was deleted while this page is open: with `useDeleteRun`, or by another client while a component uses
 * `useRuns`, whose feed reports it. @throws Error without a provider.
 */
export function useIsDeleted(runId: string): boolean {
  const { onDeleted, isDeleted } = useStores('useIsDeleted');
  return useSyncExternalStore(
    onDeleted,
    () => isDeleted(runId),
    () => false,
  );
}
