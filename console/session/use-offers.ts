import { createContext, useContext } from 'react';
import { mayCall } from '@stagewire/client';
import type { Identity, ProcedurePath } from '@stagewire/client';
import { useServerInfo } from '../shell/server-info.ts';

/**
 * Whose rights the page shows: the caller, or the one whose session has ended, so that the page stays as it is until they
 * sign in again. `undefined` until the caller is known.
 */
export const CallerContext = createContext<Identity | null | undefined>(undefined);

/**
 * Whether a page offers what needs a procedure. Until the caller is known it does: the page of a server without
 * authentication must not change while it loads.
 */
export function offersTo(caller: Identity | null | undefined, path: ProcedurePath, runId?: string): boolean {
  return caller === undefined || mayCall(caller, path, runId);
}

/** Whether the page offers what needs a procedure. */
export function useOffers(path: ProcedurePath, runId?: string): boolean {
  return offersTo(useContext(CallerContext), path, runId);
}

/** Whose rights the page shows; `undefined` without authentication, and before the caller is known. */
export function useCaller(): Identity | undefined {
  return useContext(CallerContext) ?? undefined;
}

/** Whether the page offers to share a run: without authentication every visitor of the server sees every run. */
export function useOffersSharing(runId: string): boolean {
  const info = useServerInfo();
  const offers = useOffers('runs.share', runId);
  return offers && info !== undefined && info.auth.length > 0;
}
