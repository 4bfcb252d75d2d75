import type { StagewireError } from '@stagewire/shared';
import { contract, type ProcedurePath } from '@stagewire/shared/contract';
import { TRPCError } from '@trpc/server';
import type { Caller } from '../identity/caller-identity.ts';
import { refusalToCall, type Principal } from '../identity/principal.ts';

/**
 * The principal of a call, if it may call the procedure. An input that does not fit the schema is rejected first, and
 * a missing permission before it is known whether the run exists.
 *
 * @throws TRPCError BAD_REQUEST; StagewireError FORBIDDEN, or the one with which the caller is refused.
 */
export function authorize(caller: Caller, path: ProcedurePath, rawInput: unknown): Principal {
  if (caller.status === 'refused') throw firstProblem(caller.error, path, rawInput);
  const refusal = refusalToCall(caller.principal, path);
  if (refusal !== undefined) throw firstProblem(refusal, path, rawInput);
  return caller.principal;
}

/** The input of callers who are let through is parsed later, once. */
function firstProblem(refusal: StagewireError, path: ProcedurePath, rawInput: unknown): Error {
  const parsed = contract[path].input.safeParse(rawInput);
  return parsed.success ? refusal : new TRPCError({ code: 'BAD_REQUEST', cause: parsed.error });
}
