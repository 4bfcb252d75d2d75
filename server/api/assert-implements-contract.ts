import { contract } from '@stagewire/shared/contract';
import type { Contract, ProcedurePath } from '@stagewire/shared/contract';
import type { AnyTRPCProcedure, AnyTRPCRouter } from '@trpc/server';
import type { z } from 'zod';

/** Over the wire a subscription's event comes with its cursor. */
interface Tracked<E> {
  readonly id: string;
  readonly data: E;
}

type Output<P extends ProcedurePath> = Contract[P]['kind'] extends 'subscription'
  ? AsyncIterable<Tracked<z.output<Contract[P]['output']>>, void, unknown>
  : z.output<Contract[P]['output']>;

/** The procedure of a record of routers at a dotted path. */
type ProcedureAt<Record, Path extends string> = Path extends `${infer Head}.${infer Rest}`
  ? Head extends keyof Record
    ? ProcedureAt<Record[Head], Rest>
    : never
  : Path extends keyof Record
    ? Record[Path]
    : never;

type Fits<Procedure, P extends ProcedurePath> = Procedure extends {
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

/** The paths at which a router is not what the contract says; `never` if it is all right. */
export type Mismatches<Router extends AnyTRPCRouter> = {
  [P in ProcedurePath]: [ProcedureAt<Router['_def']['record'], P>] extends [never]
    ? P
    : Fits<ProcedureAt<Router['_def']['record'], P>, P> extends true
      ? never
      : P;
}[ProcedurePath];

/**
 * Holds a router against the contract: by its types here, and by what it is made of when the server starts. Each
 * procedure of the contract must be there, of the same kind, with the very same input schema, and no other.
 *
 * @throws Error that names what differs.
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
      problems.push(`${path} is a ${definition.type}, the contract says ${entry.kind}`);
    } else if (definition.inputs.length !== 1 || definition.inputs[0] !== entry.input) {
      problems.push(`${path} does not take the contract's input schema`);
    }
  }
  for (const path of Object.keys(procedures)) {
    if (!(path in contract)) problems.push(`${path} is not in the contract`);
  }
  if (problems.length > 0) throw new Error(`the router differs from the contract: ${problems.join('; ')}`);
}
