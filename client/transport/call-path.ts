import type { ProcedureMap, ProcedurePath } from '../generated/contract.ts';

/** Every procedure but the subscriptions. */
export type CallPath = {
  [P in ProcedurePath]: ProcedureMap[P]['kind'] extends 'subscription' ? never : P;
}[ProcedurePath];
