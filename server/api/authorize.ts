import type { StagewireError } from '@stagewire/shared';
import { contract } from '@stagewire/shared/contract';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { TRPCError } from '@trpc/server';
import type { Caller } from '../identity/caller-identity.ts';
import { hasPermission, type Principal } from '../identity/principal.ts';

type Procedure = (typeof contract)[keyof typeof contract];

const procedures: Readonly<Partial<Record<string, Procedure>>> = contract;

/**
 * The principal of a call, if it may call the procedure. An input that does not fit the schema is rejected first, and
 * a missing permission before it is known whether the run exists.
 *
 * @throws TRPCError BAD_REQUEST; StagewireError FORBIDDEN, or the one with which the caller is refused.
 */
export function authorize(caller: Caller, path: string, rawInput: unknown): Principal {
  const procedure = procedures[path];
  const refuse = (error: StagewireError): never => {
    // The input of callers who are let through is parsed later, once.
    const parsed = procedure?.input.safeParse(rawInput);
    if (parsed?.success === false) throw new TRPCError({ code: 'BAD_REQUEST', cause: parsed.error });
    throw error;
  };
  if (caller.status === 'refused') return refuse(caller.error);
  const { principal } = caller;
  const permission = procedure?.permission ?? null;
  if (permission === null || hasPermission(principal, permission)) return principal;
  return refuse(wireErrors.FORBIDDEN.permission(permission));
}
