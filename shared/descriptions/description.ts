import type { ErrorCode } from '../errors.ts';

export interface Described {
  readonly text: string;
  /** Of an enumeration: a text for each value. */
  readonly values?: Readonly<Record<string, string>>;
}

/** What a field means. With values, where an enumeration without a name of its own stands in it. */
export type FieldDescription = string | Described;

/** By the field's name; a field of a nested object by its path, as `include.text` or `messages.role`. */
export type FieldDescriptions = Readonly<Record<string, FieldDescription>>;

export interface SchemaDescription extends Described {
  /** Of an object, or of a union whose members share the fields. What is absent here is looked up in `commonFields`. */
  readonly fields?: FieldDescriptions;
}

/** By the schema's id, or of an event by its `type`. */
export type SchemaDescriptions = Readonly<Record<string, SchemaDescription>>;

export interface ProcedureDescription {
  readonly text: string;
  /** What it can be refused with beside `commonErrors`. */
  readonly errors: readonly ErrorCode[];
}
