import { contract } from '@stagewire/shared/contract';
import { initTRPC } from '@trpc/server';
import type { AnyTRPCRouter, TRPCRouterRecord } from '@trpc/server';
import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { assertImplementsContract } from '../../server/api/assert-implements-contract.ts';
import type { Mismatches } from '../../server/api/assert-implements-contract.ts';
import { createRouter } from '../../server/api/router.ts';
import type { StagewireRouter } from '../../server/api/router.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createTails } from '../../server/delivery/tails.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createScriptedRuns } from '../support/scripted-runs.ts';

const t = initTRPC.create();

test('the router is what the contract says, by its types', () => {
  expectTypeOf<Mismatches<StagewireRouter>>().toEqualTypeOf<never>();
});

test('a router with another kind, input or output differs by its types', () => {
  const input = contract['runs.get'].input;
  const asMutation = t.router({ runs: t.router({ get: t.procedure.input(input).mutation(() => state) }) });
  const otherInput = t.router({
    runs: t.router({ get: t.procedure.input(z.object({ id: z.number() })).query(() => state) }),
  });
  const otherOutput = t.router({ runs: t.router({ get: t.procedure.input(input).query(() => 'state') }) });
  const right = t.router({ runs: t.router({ get: t.procedure.input(input).query(() => state) }) });

  expectTypeOf<'runs.get' extends Mismatches<typeof asMutation> ? true : false>().toEqualTypeOf<true>();
  expectTypeOf<'runs.get' extends Mismatches<typeof otherInput> ? true : false>().toEqualTypeOf<true>();
  expectTypeOf<'runs.get' extends Mismatches<typeof otherOutput> ? true : false>().toEqualTypeOf<true>();
  expectTypeOf<'runs.get' extends Mismatches<typeof right> ? true : false>().toEqualTypeOf<false>();
  expectTypeOf<'runs.list' extends Mismatches<typeof right> ? true : false>().toEqualTypeOf<true>();
});

test('a router is held against the contract when the server starts', () => {
  expect(() => check({})).not.toThrow();
  expect(() => check({ get: undefined })).toThrow('runs.get is missing');
  expect(() => check({ get: t.procedure.input(contract['runs.get'].input).mutation(() => 1) })).toThrow(
    'runs.get is a mutation, but a query in the contract',
  );
  expect(() => check({ get: t.procedure.input(z.object({ runId: z.string() })).query(() => 1) })).toThrow(
    "runs.get does not take the contract's input schema",
  );
  expect(() => check({ get: t.procedure.query(() => 1) })).toThrow("runs.get does not take the contract's");
  expect(() => check({ destroy: t.procedure.query(() => 1) })).toThrow('runs.destroy is not in the contract');
});

declare const state: z.output<(typeof contract)['runs.get']['output']>;

/** Checks a router whose procedures under `runs` are the real ones, but for these. */
function check(changed: Record<string, TRPCRouterRecord[string] | undefined>): void {
  const log = createMemoryLog({ clock: systemClock });
  const real = createRouter({
    runs: createScriptedRuns(log),
    log,
    tails: createTails(log, { clock: systemClock }),
    info: () => {
      throw new Error('nobody asks');
    },
  });
  // oxlint-disable-next-line no-underscore-dangle -- tRPC's only door to what a router is made of
  const { runs, ...others } = real._def.record;
  const record = Object.fromEntries(
    Object.entries({ ...runs, ...changed }).filter((entry) => entry[1] !== undefined),
  ) as TRPCRouterRecord;
  const router: AnyTRPCRouter = t.router({
    runs: t.router(record),
    ...Object.fromEntries(Object.entries(others).map(([name, procedures]) => [name, t.router(procedures)])),
  });
  assertImplementsContract(router as StagewireRouter);
}
