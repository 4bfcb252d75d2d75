import { descriptions as ours, type Descriptions } from '@stagewire/shared/descriptions';
import type { FieldDescription } from '@stagewire/shared/descriptions/description';
import type { ContractSchemas } from './contract-schemas.ts';
import type { JsonSchema } from './json-schema.ts';

export interface DescribedContract {
  readonly schemas: ContractSchemas;
  /** Missing, duplicate and unused descriptions, each as a sentence. */
  readonly faults: readonly string[];
}

/**
 * The contract with a `description` at every schema, field and procedure. Its hash is still that of the contract
 * without them.
 */
export function describeContract(
  bare: ContractSchemas,
  descriptions: Descriptions = ours,
): DescribedContract {
  const faults: string[] = [];
  const unused = new Set(keysOf(descriptions));

  /** Reports the faults of a text, and appends the values of an enumeration. */
  function rendered(where: string, given: FieldDescription | undefined, schema: JsonSchema): string {
    if (given === undefined) {
      faults.push(`${where} has no description`);
      return '';
    }
    const { text, values = {} } = typeof given === 'string' ? { text: given } : given;
    if (isMeaningless(text, where)) faults.push(`the description of ${where} says nothing`);
    const enumerated = valuesOf(schema);
    for (const value of enumerated) {
      if ((values[value] ?? '').trim() === '')
        faults.push(`the value ${value} of ${where} has no description`);
    }
    for (const value of Object.keys(values)) {
      if (!enumerated.includes(value)) faults.push(`${where} has no value ${value} to describe`);
    }
    return [text, ...enumerated.map((value) => `- \`${value}\`: ${values[value]}`)].join('\n');
  }

  function named(definition: string, schema: JsonSchema): JsonSchema {
    const name = keyOf(definition, schema, descriptions);
    const given = descriptions.schemas[name];
    unused.delete(name);

    function field(path: string, property: JsonSchema): JsonSchema {
      const last = path.slice(path.lastIndexOf('.') + 1);
      const own = given?.fields?.[path];
      const common = descriptions.commonFields[last];
      if (own !== undefined && own === common) faults.push(`${name}.${path} repeats the common description`);
      unused.delete(own === undefined ? `commonFields.${last}` : `${name}.${path}`);
      const inside = withFields(property, path);
      return { ...inside, description: rendered(`${name}.${path}`, own ?? common, property) };
    }

    /** Describes the fields of every object in a schema; arrays, records and unions add nothing to the path. */
    function withFields(inner: JsonSchema, path: string): JsonSchema {
      const { properties, items, anyOf, oneOf, additionalProperties } = inner;
      const inside = (schemaInside: JsonSchema) => withFields(schemaInside, path);
      return {
        ...inner,
        ...(anyOf && { anyOf: anyOf.map(inside) }),
        ...(oneOf && { oneOf: oneOf.map(inside) }),
        ...(items && { items: inside(items) }),
        ...(typeof additionalProperties === 'object' && {
          additionalProperties: inside(additionalProperties),
        }),
        ...(properties && {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, property]) => [
              key,
              field(path === '' ? key : `${path}.${key}`, property),
            ]),
          ),
        }),
      };
    }

    const text = rendered(name, given, schema);
    return { ...withFields(schema, ''), description: text };
  }

  const $defs = Object.fromEntries(
    Object.entries(bare.$defs).map(([name, schema]) => [name, named(name, schema)]),
  );
  const procedures = Object.fromEntries(
    Object.entries(bare.procedures).map(([path, procedure]) => {
      const { text, errors } = descriptions.procedures[path] ?? { errors: [] };
      unused.delete(`procedures.${path}`);
      return [path, { ...procedure, description: rendered(path, text, {}), errors }];
    }),
  );
  const schemas = {
    ...bare,
    procedures,
    commonErrors: descriptions.commonErrors,
    errorDetails: descriptions.errorDetails,
    $defs,
  };
  const stray = [...unused].map((key) => `${key} is described but does not exist`);
  return { schemas, faults: [...new Set([...faults, ...stray])] };
}

/** Every description by its path. */
function keysOf({ schemas, commonFields, procedures }: Descriptions): string[] {
  return [
    ...Object.keys(commonFields).map((field) => `commonFields.${field}`),
    ...Object.keys(procedures).map((path) => `procedures.${path}`),
    ...Object.entries(schemas).flatMap(([name, { fields = {} }]) => [
      name,
      ...Object.keys(fields).map((path) => `${name}.${path}`),
    ]),
  ];
}

/** Events are described by their type; the strict form of a schema, which the generator calls `<Name>Input`, by its name. */
function keyOf(definition: string, schema: JsonSchema, { schemas }: Descriptions): string {
  const type = schema.properties?.['type']?.const;
  if (typeof type === 'string') return type;
  const plain = definition.replace(/Input$/, '');
  return schemas[definition] === undefined && schemas[plain] !== undefined ? plain : definition;
}

/** The values of an enumeration, also if it is combined with `null` or is the item of an array. */
function valuesOf(schema: JsonSchema): readonly string[] {
  const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.items ? [schema.items] : [])];
  return [...(schema.enum ?? []).map(String), ...inner.flatMap(valuesOf)];
}

/** Empty, or only a repetition of the name. */
function isMeaningless(text: string, where: string): boolean {
  const words = (from: string) =>
    from
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .split(/[^a-z]+/)
      .filter((word) => !/^(?:|the|a|an|of|its|is|this)$/.test(word));
  const name = new Set(words(where.slice(where.lastIndexOf('.') + 1)));
  return words(text).every((word) => name.has(word));
}
