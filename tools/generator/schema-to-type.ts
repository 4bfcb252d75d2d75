import { refName } from './contract-schemas.ts';
import { docComment } from './doc-comment.ts';
import type { JsonSchema } from './json-schema.ts';

/**
 * A schema as a TypeScript type. Constraints that a type cannot express (lengths, patterns) are only in the schema.
 * `nameOf` returns the name of a definition.
 */
export function schemaToType(schema: JsonSchema, nameOf: (name: string) => string, indent = ''): string {
  if (schema.$ref !== undefined) return nameOf(refName(schema.$ref));
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ');
  const union = schema.oneOf ?? schema.anyOf;
  if (union !== undefined && schema.properties === undefined) return unionType(union, nameOf, indent);
  if (Array.isArray(schema.type)) {
    return schema.type.map((type: string) => schemaToType({ ...schema, type }, nameOf, indent)).join(' | ');
  }
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return arrayType(schema, nameOf, indent);
    case 'object':
      return objectType(schema, nameOf, indent);
    default:
      throw new Error(`the generator cannot generate a type for ${JSON.stringify(schema)}`);
  }
}

function unionType(members: readonly JsonSchema[], nameOf: (name: string) => string, indent: string): string {
  const types = members.map((member) => schemaToType(member, nameOf, indent));
  const oneLine = types.join(' | ');
  if (!oneLine.includes('\n') && oneLine.length <= 80) return oneLine;
  return types.map((type) => `\n${indent}  | ${type.replaceAll('\n', '\n  ')}`).join('');
}

function arrayType(schema: JsonSchema, nameOf: (name: string) => string, indent: string): string {
  if (schema.items === undefined)
    throw new Error('the generator cannot generate a type for an array without items');
  const items = schemaToType(schema.items, nameOf, indent);
  return /^[A-Za-z]+$/.test(items) ? `${items}[]` : `Array<${items}>`;
}

function objectType(schema: JsonSchema, nameOf: (name: string) => string, indent: string): string {
  const { properties, additionalProperties, required = [], anyOf } = schema;
  if (typeof additionalProperties === 'object') {
    if (properties !== undefined)
      throw new Error('the generator supports objects and records, but not both in one');
    const value = schemaToType(additionalProperties, nameOf, indent);
    if (schema.propertyNames?.$ref !== '#/$defs/Role') return `Record<string, ${value}>`;
    // Text is for one role or for `all`; a choice of a model is for one role or the `default`.
    return `ByRole<${value === 'string' ? "'all'" : "'default'"}, ${value}>`;
  }
  const inner = `${indent}  `;
  const members = Object.entries(properties ?? {}).map(([name, property]) => {
    const type = schemaToType(property, nameOf, inner);
    const space = type.startsWith('\n') ? '' : ' ';
    const comment = docComment(noteOf(property), inner);
    return required.includes(name)
      ? `${comment}${inner}${key(name)}:${space}${type};`
      : `${comment}${inner}${key(name)}?:${space}${type} | undefined;`;
  });
  const object = `{\n${members.join('\n')}\n${indent}}`;
  return anyOf === undefined ? object : `${object} & (${requiredFields(schema, nameOf, indent)})`;
}

/** Of an object in which one of several sets of fields is required. */
function requiredFields(
  { properties = {}, anyOf = [] }: JsonSchema,
  nameOf: (name: string) => string,
  indent: string,
): string {
  const types = anyOf.map(({ required = [] }) => {
    const fields = required.map(
      (name) => `${key(name)}: ${schemaToType(properties[name] ?? {}, nameOf, indent)}`,
    );
    return `{ ${fields.join('; ')} }`;
  });
  return types.join(' | ');
}

/** The description, and the default below it. */
function noteOf({ description, default: preset }: JsonSchema): string | undefined {
  if (preset === undefined) return description;
  return `${description === undefined ? '' : `${description}\n`}@default ${JSON.stringify(preset)}`;
}

function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name);
}

/** A JSON value as TypeScript, strings in single quotes. */
export function literal(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
