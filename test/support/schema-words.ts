import { z } from 'zod';

/** JSON Schema, as far as zod writes it for this project. */
interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly propertyNames?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly default?: unknown;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

/** Which side of a schema is meant: what may be sent to the server, or what it sends. */
export type Side = 'input' | 'output';

/** The fields of an object in the words of PROTOCOL.md, as in `retryInMs?: int ≥ 0`. */
export function fieldWords(schema: z.ZodObject, side: Side): string[] {
  const { properties = {}, required = [] } = inlined(schema, side);
  return Object.entries(properties).map(([name, field]) =>
    fieldInWords(name, field, required.includes(name)),
  );
}

/** A type in the same words, as in `Role[]`; named types are named. */
export function typeWords(schema: z.ZodType, side: Side): string {
  return inWords(inlined(z.object({ it: schema }), side).properties?.['it'] ?? {});
}

/** What a named value may be, as the document's table of names says it. */
export function valueWords(schema: z.ZodType): string {
  const definition = definitionOf(schema);
  if (definition.enum !== undefined)
    return definition.enum.map((value) => code(JSON.stringify(value))).join(' ');
  if (definition.type === 'object' || definition.type === 'array') return code(inWords(definition));
  if (definition.format !== undefined) return code(definition.format);
  // A table's cell cannot hold a pattern with alternatives; those are written out elsewhere.
  const { pattern = '|' } = definition;
  return pattern.includes('|') ? 'string' : code(pattern);
}

/** The pattern of a named string. */
export function patternOf(schema: z.ZodType): string {
  return definitionOf(schema).pattern ?? '';
}

/** The name in a field's words. */
export function nameOf(field: string): string {
  return /^\w+/.exec(field)?.[0] ?? field;
}

function definitionOf(schema: z.ZodType): Schema {
  const written = z.toJSONSchema(schema) as Schema;
  return written.$defs?.[inWords(written)] ?? written;
}

function code(text: string): string {
  return `\`${text}\``;
}

/** Named types stay references; the schema asked about is written out. */
function inlined(schema: z.ZodObject, side: Side): Schema {
  return z.toJSONSchema(z.object(schema.shape), { io: side, unrepresentable: 'any' }) as Schema;
}

function fieldInWords(name: string, field: Schema, required: boolean): string {
  const preset = field.default === undefined ? '' : ` = ${JSON.stringify(field.default)}`;
  return `${name}${required ? '' : '?'}: ${inWords(field)}${preset}`;
}

function inWords(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.replace('#/$defs/', '');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' / ');
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return options.map(inWords).join(' or ');
  if (schema.allOf !== undefined) return schema.allOf.map(inWords).join(' and ');
  if (Array.isArray(schema.type))
    return schema.type.map((type: string) => inWords({ ...schema, type })).join(' or ');
  switch (schema.type) {
    case 'string':
      return `string${range(schema.minLength, schema.maxLength)}`;
    case 'integer':
      return `int${range(leastOf(schema), mostOf(schema))}`;
    case 'array':
      return `${listed(inWords(schema.items ?? {}))}${range(schema.minItems, schema.maxItems)}`;
    case 'object':
      return objectInWords(schema);
    case 'boolean':
    case 'null':
      return schema.type;
    default:
      return 'any';
  }
}

function objectInWords(schema: Schema): string {
  const { properties, required = [], propertyNames, additionalProperties } = schema;
  if (properties === undefined && typeof additionalProperties === 'object') {
    return `map ${inWords(propertyNames ?? {})} → ${inWords(additionalProperties)}`;
  }
  const fields = Object.entries(properties ?? {}).map(([name, field]) =>
    fieldInWords(name, field, required.includes(name)),
  );
  return `{${fields.join(', ')}}`;
}

function listed(item: string): string {
  return /[ {]/.test(item) ? `(${item})[]` : `${item}[]`;
}

function leastOf(schema: Schema): number | undefined {
  if (schema.exclusiveMinimum !== undefined) return schema.exclusiveMinimum + 1;
  return schema.minimum === Number.MIN_SAFE_INTEGER ? undefined : schema.minimum;
}

function mostOf(schema: Schema): number | undefined {
  return schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum;
}

function range(least: number | undefined, most: number | undefined): string {
  if (least === undefined && most === undefined) return '';
  if (most === undefined) return ` ≥ ${least}`;
  return least === undefined ? ` ≤ ${most}` : ` ${least}…${most}`;
}
