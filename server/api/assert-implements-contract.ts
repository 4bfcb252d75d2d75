import { contract } from '@stagewire/shared/contract';
import type { Contract, ProcedurePath } from '@stagewire/shared/contract';
import type { AnyTRPCProcedure, AnyTRPCRouter } from '@trpc/server';
import type { z } from 'zod';

/** On the wire a subscription's event has its cursor. */
interface Tracked<E> {
  readonly id: string;
  readonly data: E;
}

type Output<P extends ProcedurePath> = Contract[P]['kind'] extends 'subscription'
  ? AsyncIterable<Tracked<z.output<Contract[P]['output']>>, void, unknown>
  : z.output<Contract[P]['output']>;

/** The procedure at a dotted path of a record of routers. */
type ProcedureAt<Record, Path extends string> = Path extends `${infer Head}.${infer Rest}`
  ? Head extends keyof Record
    ? ProcedureAt<Record[Head], Rest>
    : never
  : Path extends keyof Record
    ? Record[Path]
    : never;

type Matches<Procedure, P extends ProcedurePath> = Procedure extends {
  readonly _def: {
    readonly type: infer Kind;
    readonly $types: { readonly input: infer Input; readonly output: infer Result };
  };
}
  ? [Kind, Input, Result, z.input<Contract[P]['input']>, Output<P>] extends [
      Contract[P]['kind'],
      z.input<Contract[P]['input']>,
      Output<P>,
      Input,
      unknown,
    ]
    ? true
    : false
  : false;

/** The paths at which a router differs from the contract; `never` if none do. */
export type Mismatches<Router extends AnyTRPCRouter> = {
  [P in ProcedurePath]: [ProcedureAt<Router['_def']['record'], P>] extends [never]
    ? P
    : Matches<ProcedureAt<Router['_def']['record'], P>, P> extends true
      ? never
      : P;
}[ProcedurePath];

/**
 * Checks a router against the contract: at compile time by its types, and at the start by its procedures. Each
 * procedure of the contract must exist, with the same kind and the identical input schema, and no others.
 *
 * @throws Error that lists the differences.
 */
export function assertImplementsContract<Router extends AnyTRPCRouter>(
  router: [Mismatches<Router>] extends [never] ? Router : { readonly differsAt: Mismatches<Router> },
): void {
  // oxlint-disable-next-line no-underscore-dangle -- tRPC's only door to what a router is made of
  const { procedures } = (router as Router)._def as { procedures: Record<string, AnyTRPCProcedure> };
  const problems: string[] = [];
  for (const [path, entry] of Object.entries(contract)) {
    // oxlint-disable-next-line no-underscore-dangle -- as above
    const definition = procedures[path]?._def;
    if (definition === undefined) problems.push(`${path} is missing`);
    else if (definition.type !== entry.kind) {
      problems.push(`${path} is a ${definition.type}, but a ${entry.kind} in the contract`);
    } else if (definition.inputs.length !== 1 || definition.inputs[0] !== entry.input) {
      problems.push(`${path} does not take the contract's input schema`);
    }
  }
  for (const path of Object.keys(procedures)) {
    if (!(path in contract)) problems.push(`${path} is not in the contract`);
  }
  if (problems.length > 0) throw new Error(`the router differs from the contract: ${problems.join('; ')}`);
}
