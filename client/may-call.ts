import { procedureAccess, type Identity, type ProcedurePath } from './generated/contract.ts';

/**
 * Whether the server would let this caller call a procedure. It decides so from the identity alone: a run that the caller
 * cannot access looks like a missing one. `undefined`, an identity that is not known yet, may call nothing.
 *
 * @param runId The run of the call: a link permits calls for its own run only. @default the run of the link
 */
export function mayCall(identity: Identity | null | undefined, path: ProcedurePath, runId?: string): boolean {
  // Callers of JavaScript, and servers of a later version, may name a procedure that this version does not know.
  const access = procedureAccess[path] as (typeof procedureAccess)[ProcedurePath] | undefined;
  if (identity === null || identity === undefined || access === undefined) return false;
  const { link, permissions } = identity;
  if (link !== undefined) {
    const isPermitted = access.link === 'read' || (access.link === 'control' && link.may === 'control');
    return isPermitted && (runId ?? link.runId) === link.runId;
  }
  return (
    access.permission === null || permissions.includes(access.permission) || permissions.includes('admin')
  );
}
