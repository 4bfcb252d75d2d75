import { createHash } from 'node:crypto';
import { closeCodes, errorTable, failureTable, PROTOCOL_VERSION, type ErrorCode } from '@stagewire/shared';
import { contract } from '@stagewire/shared/contract';
import { z } from 'zod';
import { asSchema, mapSchemas, type JsonSchema } from './json-schema.ts';

/** The contract as data, for any language: the content of `client/generated/schemas.json`. */
export interface ContractSchemas {
  readonly protocolVersion: number;
  readonly protocolHash: string;
  readonly procedures: Readonly<Record<string, ProcedureSchemas>>;
  readonly errors: typeof errorTable;
  readonly failures: typeof failureTable;
  /** The errors that every procedure can return. */
  readonly commonErrors?: readonly ErrorCode[];
  /** The content of `details` of an error. */
  readonly errorDetails?: Readonly<Partial<Record<ErrorCode, string>>>;
  readonly closeCodes: typeof closeCodes;
  readonly $defs: Readonly<Record<string, JsonSchema>>;
}

export interface ProcedureSchemas {
  readonly description?: string;
  /** The errors that it can return in addition to `commonErrors`. */
  readonly errors?: readonly ErrorCode[];
  readonly kind: 'query' | 'mutation' | 'subscription';
  /** The input as a client may send it: fields with a default are optional. `null`: the procedure takes no input. */
  readonly input: JsonSchema | null;
  /** The output, or each event of a subscription. Unknown fields are allowed: later versions may add fields. */
  readonly output: JsonSchema;
}

type Definitions = Map<string, JsonSchema>;

/**
 * Reads the whole contract, without descriptions. Names are taken from the schemas' `.meta({id})`, and for events from
 * `type`.
 */
export function contractSchemas(): ContractSchemas {
  const inputs: Definitions = new Map();
  const outputs: Definitions = new Map();
  const read = Object.entries(contract).map(([path, procedure]) => {
    const takesNothing = procedure.input instanceof z.ZodVoid;
    const input = takesNothing ? null : toJsonSchema(procedure.input, 'input', inputs);
    const output = toJsonSchema(procedure.output, 'output', outputs);
    return [path, { kind: procedure.kind, input, output }] as const;
  });
  const inputNames = namesOfInputs(inputs, outputs);
  const $defs: Record<string, JsonSchema> = {};
  for (const [name, schema] of outputs) $defs[name] = schema;
  for (const [name, schema] of inputs) $defs[inputNames(name)] = renameRefs(schema, inputNames);
  const procedures = Object.fromEntries(
    read.map(([path, { kind, input, output }]) => [
      path,
      { kind, input: input === null ? null : renameRefs(input, inputNames), output },
    ]),
  );
  const sorted = Object.fromEntries(Object.entries($defs).toSorted(([one], [other]) => compare(one, other)));
  const body = { procedures, errors: errorTable, failures: failureTable, closeCodes, $defs: sorted };
  return { protocolVersion: PROTOCOL_VERSION, protocolHash: hashOf(body), ...body };
}

/** Two peers with the same hash have the same contract; descriptions are not part of it. */
function hashOf(
  body: Pick<ContractSchemas, 'procedures' | 'errors' | 'failures' | 'closeCodes' | '$defs'>,
): string {
  const bare = {
    ...body,
    errors: Object.entries(body.errors).map(([code, row]) => ({ ...row, code, meaning: '' })),
    failures: Object.keys(body.failures),
    procedures: Object.fromEntries(
      Object.entries(body.procedures).map(([path, { kind, input, output }]) => [
        path,
        {
          kind,
          input: input === null ? null : withoutDescriptions(input),
          output: withoutDescriptions(output),
        },
      ]),
    ),
    $defs: Object.fromEntries(
      Object.entries(body.$defs).map(([name, schema]) => [name, withoutDescriptions(schema)]),
    ),
  };
  return createHash('sha256').update(canonicalJson(bare)).digest('hex');
}

/** JSON with sorted keys and without white space: one text for one value. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).toSorted(([one], [other]) => compare(one, other));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}

function toJsonSchema(schema: z.ZodType, io: 'input' | 'output', definitions: Definitions): JsonSchema {
  const { $defs = {}, ...document } = asSchema(z.toJSONSchema(schema, { io, unrepresentable: 'throw' }));
  for (const [name, definition] of Object.entries($defs)) {
    const lenient = io === 'output' ? withoutClosedObjects(definition) : definition;
    define(definitions, name, withNamedEvents(lenient, definitions));
  }
  const root = without(document, '$schema');
  return io === 'output' ? withoutClosedObjects(root) : root;
}

function define(definitions: Definitions, name: string, schema: JsonSchema): void {
  const known = definitions.get(name);
  if (known !== undefined && canonicalJson(known) !== canonicalJson(schema)) {
    throw new Error(`the contract calls two different schemas ${name}: give one of them another id`);
  }
  definitions.set(name, schema);
}

/** Moves the members of a union with the discriminator `type` into definitions of their own. */
function withNamedEvents(schema: JsonSchema, definitions: Definitions): JsonSchema {
  const members = schema.oneOf?.map((member) => ({ member, type: member.properties?.['type']?.const }));
  if (members === undefined || members.some(({ type }) => typeof type !== 'string')) return schema;
  return {
    ...schema,
    oneOf: members.map(({ member, type }) => {
      const name = pascalCase(String(type));
      define(definitions, name, member);
      return { $ref: `#/$defs/${name}` };
    }),
  };
}

/**
 * Inputs are strict and outputs are lenient, so a name used by both may refer to two schemas: then the input's is named
 * `<Name>Input`, and so is every input that refers to it under a name used by both.
 */
function namesOfInputs(inputs: Definitions, outputs: Definitions): (name: string) => string {
  const differing = new Set<string>();
  for (let before = -1; before !== differing.size;) {
    before = differing.size;
    for (const [name, input] of inputs) {
      const output = outputs.get(name);
      if (output === undefined) continue;
      if (canonicalJson(input) !== canonicalJson(output) || refsOf(input).some((ref) => differing.has(ref))) {
        differing.add(name);
      }
    }
  }
  return (name) => (differing.has(name) ? `${name}Input` : name);
}

function refsOf(schema: JsonSchema): string[] {
  const refs: string[] = [];
  mapSchemas(schema, (inner) => {
    if (inner.$ref !== undefined) refs.push(refName(inner.$ref));
    return inner;
  });
  return refs;
}

/** The name of a reference to a definition. */
export function refName(ref: string): string {
  return ref.replace('#/$defs/', '');
}

function renameRefs(schema: JsonSchema, rename: (name: string) => string): JsonSchema {
  return mapSchemas(schema, (inner) =>
    inner.$ref === undefined ? inner : { ...inner, $ref: `#/$defs/${rename(refName(inner.$ref))}` },
  );
}

function withoutClosedObjects(schema: JsonSchema): JsonSchema {
  return mapSchemas(schema, (inner) =>
    inner.additionalProperties === false ? without(inner, 'additionalProperties') : inner,
  );
}

function withoutDescriptions(schema: JsonSchema): JsonSchema {
  return mapSchemas(schema, (inner) => without(inner, 'description'));
}

function without(schema: JsonSchema, keyword: keyof JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== keyword));
}

/** `stage.started` becomes `StageStarted`. */
function pascalCase(type: string): string {
  return type.replace(/(?:^|[._-])([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Compares by code unit, independently of the locale. */
function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
