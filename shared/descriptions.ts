import { commandDescriptions } from './descriptions/commands.ts';
import { commonFields } from './descriptions/common-fields.ts';
import { commonErrors, contractDescriptions, procedureDescriptions } from './descriptions/contract.ts';
import type {
  FieldDescriptions,
  ProcedureDescription,
  SchemaDescriptions,
} from './descriptions/description.ts';
import { errorDetails } from './descriptions/errors.ts';
import { eventDescriptions } from './descriptions/events.ts';
import { keyDescriptions } from './descriptions/keys.ts';
import { linkDescriptions } from './descriptions/links.ts';
import { modelDescriptions } from './descriptions/models.ts';
import { primitiveDescriptions } from './descriptions/primitives.ts';
import { quotaDescriptions } from './descriptions/quotas.ts';
import { stateDescriptions } from './descriptions/state.ts';
import type { ErrorCode } from './errors.ts';

export interface Descriptions {
  readonly commonFields: FieldDescriptions;
  readonly schemas: SchemaDescriptions;
  readonly procedures: Readonly<Record<string, ProcedureDescription>>;
  /** Error codes that every procedure can return. */
  readonly commonErrors: readonly ErrorCode[];
  readonly errorDetails: Readonly<Partial<Record<ErrorCode, string>>>;
}

/**
 * Descriptions of every schema, field, procedure and error of the contract, for readers of the generated types and of
 * `schemas.json`. `npm run generate` adds them to the schemas, which have none; nothing loads them at run time.
 */
export const descriptions: Descriptions = {
  commonFields,
  schemas: {
    ...primitiveDescriptions,
    ...commandDescriptions,
    ...eventDescriptions,
    ...stateDescriptions,
    ...keyDescriptions,
    ...linkDescriptions,
    ...quotaDescriptions,
    ...modelDescriptions,
    ...contractDescriptions,
  },
  procedures: procedureDescriptions,
  commonErrors,
  errorDetails,
};
