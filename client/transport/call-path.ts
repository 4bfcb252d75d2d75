import type { ProcedureMap, ProcedurePath } from '../generated/contract.ts';

/** Every procedure except subscriptions. */
export type CallPath = {
  [P in ProcedurePath]: ProcedureMap[P]['kind'] extends 'subscription' ? never : P;
}[ProcedurePath];
