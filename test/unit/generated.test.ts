import { readFile } from 'node:fs/promises';
import { PROTOCOL_HASH, PROTOCOL_VERSION } from '@stagewire/shared';
import type { contract, ProcedurePath } from '@stagewire/shared/contract';
import type { ErrorCode, FailureCode } from '@stagewire/shared';
import { knownRoles } from '@stagewire/shared/default-roles';
import { createTRPCClient, httpLink } from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import * as commands from '@stagewire/shared/commands';
import * as contractModule from '@stagewire/shared/contract';
import * as state from '@stagewire/shared/state';
import * as generated from '../../client/generated/contract.ts';
import * as validate from '../../client/validate.ts';
import { roles } from '../../server/pipeline/roles.ts';
import { generatedFiles } from '../../tools/generator/generated-files.ts';

describe('the generated contract', () => {
  test.each([...generatedFiles()])('%s is what npm run generate would write', async (path, text) => {
    expect(await readFile(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(text);
  });

  test('comes out the same every time', () => {
    expect([...generatedFiles()]).toEqual([...generatedFiles()]);
  });

  test('has the version and the hash that the server has', () => {
    expect(generated.PROTOCOL_VERSION).toBe(PROTOCOL_VERSION);
    expect(generated.PROTOCOL_HASH).toBe(PROTOCOL_HASH);
    expect(PROTOCOL_HASH).toMatch(/^[0-9a-f]{64}$/);
  });

  test('names no zod and no code of the server', () => {
    const text = generatedFiles().get('client/generated/contract.ts') ?? '';
    const imports = [...text.matchAll(/^import ([^;]*?)from '([^']*)';$/gm)].map(([, names, from]) => [
      names?.startsWith('type '),
      from,
    ]);
    expect(imports).toEqual([[true, '@trpc/server']]);
  });

  test('closes the inputs and leaves the outputs open', () => {
    const { $defs, procedures } = JSON.parse(generatedFiles().get('client/generated/schemas.json') ?? '');
    expect($defs.SteerInput.additionalProperties).toBe(false);
    expect($defs.SteerInput.required).not.toContain('mode');
    expect($defs.StageDelta.additionalProperties).toBeUndefined();
    expect($defs.Command.anyOf[0].required).toContain('mode');
    expect($defs.Command.anyOf[0].properties.expect).toMatchObject({ $ref: '#/$defs/Expect' });
    expect($defs.SteerInput.properties.expect).toMatchObject({ $ref: '#/$defs/ExpectInput' });
    expect(procedures['runs.events']).toMatchObject({
      kind: 'subscription',
      input: { $ref: '#/$defs/EventsInput' },
      output: { $ref: '#/$defs/RunEvent' },
    });
  });

  test('has a docstring for each schema of the entry validate, which are those of the contract', () => {
    const text = generatedFiles().get('client/generated/validate.ts') ?? '';
    const exported = [...text.matchAll(/(\*\/\n)?export (?:const|type) (\w+)/g)];
    expect(exported.length).toBeGreaterThan(100);
    expect(exported.filter(([, doc]) => doc === undefined)).toEqual([]);
    for (const [name, schema] of Object.entries({ ...commands, ...contractModule, ...state })) {
      expect(validate).toHaveProperty(name, schema);
    }
  });

  test('every reference in it leads somewhere', () => {
    const text = generatedFiles().get('client/generated/schemas.json') ?? '';
    const { $defs } = JSON.parse(text);
    for (const [, name] of text.matchAll(/"#\/\$defs\/(\w+)"/g)) expect($defs).toHaveProperty(name ?? '');
  });
});

// What follows is checked by tsc: it fails to compile as soon as server and client would disagree.

type Mutual<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Contract = typeof contract;
type Generated = generated.ProcedureMap;
type Agrees = {
  [P in ProcedurePath]: {
    kind: Mutual<Generated[P]['kind'], Contract[P]['kind']>;
    input: Mutual<Generated[P]['input'], z.input<Contract[P]['input']>>;
    output: Mutual<Generated[P]['output'], z.output<Contract[P]['output']>>;
  };
};
/** The string literals of a union that also accepts any string: those that an editor completes. */
type Completed<T> = T extends string ? (string extends T ? never : T) : never;
/** The keys that an editor completes: not those of an index signature. */
type KnownKeys<T> = keyof { [Key in keyof T as string extends Key ? never : Key]: true };
type Yes = { kind: true; input: true; output: true };
type Yielded<T> = T extends AsyncIterable<infer Event> ? Event : never;
type Router = {
  in: inferRouterInputs<generated.ContractRouter>;
  out: inferRouterOutputs<generated.ContractRouter>;
};

describe('the types of server and client', () => {
  test('Role completes to the names of this version and accepts any other', () => {
    expectTypeOf<Completed<generated.Role>>().toEqualTypeOf<(typeof knownRoles)[number]>();
    expectTypeOf<string>().toExtend<generated.Role>();
    expect(roles.map(({ role }) => role)).toEqual(knownRoles);
  });

  test('values by role complete the same names and default or all, and accept any other', () => {
    type Known = (typeof knownRoles)[number];
    expectTypeOf<KnownKeys<generated.Models>>().toEqualTypeOf<Known | 'default'>();
    expectTypeOf<KnownKeys<generated.Settings>>().toEqualTypeOf<Known | 'default'>();
    expectTypeOf<KnownKeys<generated.Instructions>>().toEqualTypeOf<Known | 'all'>();
    expectTypeOf<KnownKeys<NonNullable<generated.StartInput['models']>>>().toEqualTypeOf<Known | 'default'>();
    expectTypeOf<KnownKeys<generated.Labels>>().toEqualTypeOf<never>();
    expectTypeOf<Record<string, string>>().toExtend<generated.Models>();
  });

  test('are assignable to each other, procedure by procedure', () => {
    expectTypeOf<Agrees>().toEqualTypeOf<Record<ProcedurePath, Yes>>();
    expectTypeOf<generated.ProcedurePath>().toEqualTypeOf<ProcedurePath>();
    expectTypeOf<generated.ErrorCode>().toEqualTypeOf<ErrorCode>();
    expectTypeOf<generated.Failure['code']>().toEqualTypeOf<FailureCode>();
  });

  test('fit a client of tRPC itself', () => {
    const client = createTRPCClient<generated.ContractRouter>({
      links: [httpLink({ url: 'http://127.0.0.1:1' })],
    });
    expectTypeOf<{ from: generated.StartFrom }>().toExtend<generated.StartInput>();
    expectTypeOf<{ labels: generated.Labels }>().not.toExtend<generated.StartInput>();
    expectTypeOf(client.runs.start.mutate).parameter(0).toEqualTypeOf<generated.StartInput>();
    expectTypeOf<Awaited<ReturnType<typeof client.runs.get.query>>>().toExtend<generated.RunState>();
    expectTypeOf<Router['in']['runs']['steer']>().toEqualTypeOf<generated.SteerInput>();
    expectTypeOf<Yielded<Router['out']['runs']['events']>>().toExtend<
      generated.Tracked<generated.RunEvent>
    >();
    expectTypeOf(client.server.info.query).toBeCallableWith();
  });
});
