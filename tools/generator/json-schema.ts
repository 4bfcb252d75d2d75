/** The part of JSON Schema (draft 2020-12) that zod generates for the contract. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $schema?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema;
  readonly [constraint: string]: unknown;
}

/** Every keyword that the generator supports in a schema of the contract. */
const knownKeywords: ReadonlySet<string> = new Set(
  (
    '$ref $schema $defs type description const enum default anyOf oneOf properties required propertyNames ' +
    'additionalProperties items format pattern minLength maxLength minItems maxItems minimum maximum exclusiveMinimum'
  ).split(' '),
);

/** A schema of zod, checked for keywords that the generator does not support. */
export function asSchema(written: unknown): JsonSchema {
  return mapSchemas(written as JsonSchema, (schema) => {
    const unknown = Object.keys(schema).filter((keyword) => !knownKeywords.has(keyword));
    if (unknown.length === 0) return schema;
    throw new Error(`the generator does not support the JSON Schema keyword ${unknown.join(', ')}`);
  });
}

/** Applies `change` to the schema and to every schema inside it, inner ones first. */
export function mapSchemas(schema: JsonSchema, change: (schema: JsonSchema) => JsonSchema): JsonSchema {
  const inside = (inner: JsonSchema) => mapSchemas(inner, change);
  const { $defs, anyOf, oneOf, properties, additionalProperties, propertyNames, items } = schema;
  return change({
    ...schema,
    ...($defs && { $defs: mapValues($defs, inside) }),
    ...(anyOf && { anyOf: anyOf.map(inside) }),
    ...(oneOf && { oneOf: oneOf.map(inside) }),
    ...(properties && { properties: mapValues(properties, inside) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: inside(additionalProperties) }),
    ...(propertyNames && { propertyNames: inside(propertyNames) }),
    ...(items && { items: inside(items) }),
  });
}

function mapValues(
  record: Readonly<Record<string, JsonSchema>>,
  change: (schema: JsonSchema) => JsonSchema,
): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(record).map(([key, schema]) => [key, change(schema)]));
}
