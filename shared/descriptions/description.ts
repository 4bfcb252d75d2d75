import type { ErrorCode } from '../errors.ts';

export interface Described {
  readonly text: string;
  /** Of an enumeration: a text for each value. */
  readonly values?: Readonly<Record<string, string>>;
}

/** Meaning of a field, with a text for each value if its type is an enumeration without a name of its own. */
export type FieldDescription = string | Described;

/** By the name of the field; a field of a nested object by its path: `include.text`, `messages.role`. */
export type FieldDescriptions = Readonly<Record<string, FieldDescription>>;

export interface SchemaDescription extends Described {
  /** Of an object, or of a union whose members share the fields. Absent fields are looked up in `commonFields`. */
  readonly fields?: FieldDescriptions;
}

/** By the id of the schema; for an event, by its `type`. */
export type SchemaDescriptions = Readonly<Record<string, SchemaDescription>>;

export interface ProcedureDescription {
  readonly text: string;
  /** Error codes that the procedure can return in addition to `commonErrors`. */
  readonly errors: readonly ErrorCode[];
}
