import { knownRoles } from '@stagewire/shared/default-roles';
import type { ErrorCode } from '@stagewire/shared';
import { contract } from '@stagewire/shared/contract';
import { refName, type ContractSchemas, type ProcedureSchemas } from './contract-schemas.ts';
import type { JsonSchema } from './json-schema.ts';
import { docComment } from './doc-comment.ts';
import { literal, schemaToType } from './schema-to-type.ts';

/** The text of `client/generated/contract.ts`: plain types, the procedure map, the version and the hash. */
export function contractSource(schemas: ContractSchemas): string {
  return [
    header,
    `/** The version of the wire protocol that these types belong to. */\nexport const PROTOCOL_VERSION = ${schemas.protocolVersion};`,
    `/** The hash of the contract; a peer with another hash of the same version is accepted. */\nexport const PROTOCOL_HASH = ${literal(schemas.protocolHash)};`,
    ...definitions(schemas),
    byRole,
    ...errorTypes(schemas),
    procedureMap(schemas),
    procedureKinds(schemas),
    procedureAccess(),
    eventTypes(schemas),
    routerTypes(schemas),
  ]
    .join('\n\n')
    .concat('\n');
}

const header = `// Written by \`npm run generate\` from shared/contract.ts and shared/descriptions.ts. Change it there, not here.

import type {
  TRPCBuiltRouter,
  TRPCDefaultErrorData,
  TRPCDefaultErrorShape,
  TRPCMutationProcedure,
  TRPCQueryProcedure,
  TRPCSubscriptionProcedure,
} from '@trpc/server';`;

function definitions({ $defs }: ContractSchemas): string[] {
  const nameOf = tsNames($defs);
  return Object.entries($defs)
    .filter(([name]) => nameOf(name) === name)
    .map(
      ([name, schema]) =>
        `${docComment(schema.description)}export type ${name} =${spaced(openUnions[name] ?? schemaToType(schema, nameOf))};`,
    );
}

/** Strings with known values: an editor completes these, and any other string is accepted. */
const openUnions: Readonly<Record<string, string>> = {
  Role: [...knownRoles.map(literal), '(string & {})'].map((type) => `\n  | ${type}`).join(''),
};

const byRole = `/** Values by the name of a role, or by another name. An editor completes the known names; any other role is accepted. */
export type ByRole<Name extends string, Value> = Record<string, Value> & {
  [name in Name | ${knownRoles.map(literal).join(' | ')}]?: Value;
};`;

/** A union over several lines has its own line break. */
function spaced(type: string): string {
  return type.startsWith('\n') ? type : ` ${type}`;
}

/** Types cannot express strictness: an input that differs from its output only in that has the same name. */
function tsNames($defs: Readonly<Record<string, JsonSchema>>): (name: string) => string {
  const twins = new Set<string>();
  for (const [name, schema] of Object.entries($defs)) {
    const plain = name.replace(/Input$/, '');
    const twin = plain === name ? undefined : $defs[plain];
    if (twin !== undefined && schemaToType(twin, withoutSuffix) === schemaToType(schema, withoutSuffix)) {
      twins.add(name);
    }
  }
  return (name) => (twins.has(name) ? withoutSuffix(name) : name);
}

function withoutSuffix(name: string): string {
  return name.replace(/Input$/, '');
}

function errorTypes({ errors, errorDetails = {} }: ContractSchemas): string[] {
  const rows = Object.entries(errors).map(([code, row]) => {
    const lines = [sentence(row.meaning), errorFacts(row)];
    const details = errorDetails[code as ErrorCode];
    if (details !== undefined) lines.push(`\`details\`: ${sentence(details)}`);
    return `${docComment(lines.join('\n'), '  ')}  ${code}: never;`;
  });
  return [
    `/** Every error code of a call, and its meaning. */\nexport interface ErrorMeanings {\n${rows.join('\n')}\n}`,
    `/** A code of \`ErrorMeanings\`. Open: a later version of the server may return other codes. */\nexport type ErrorCode = keyof ErrorMeanings;`,
    `/** The field \`error.data.stagewire\` of a rejected call. */
export interface WireError {
  /** Why the call was rejected. */
  readonly code: ErrorCode;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** Details, as described for each code in \`ErrorMeanings\`; absent if there are none. Open. */
  readonly details?: unknown;
}`,
  ];
}

function errorFacts(row: ContractSchemas['errors'][ErrorCode]): string {
  const retry = row.retryable ? 'The same request may succeed later' : 'The same request will not succeed';
  const close = 'close' in row ? `; on a WebSocket it closes the connection with ${row.close}` : '';
  return `${retry}. tRPC code \`${row.trpc}\`${close}.`;
}

function sentence(text: string): string {
  const capital = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

function procedureNote({ description = '', errors = [] }: ProcedureSchemas): string {
  return errors.length === 0 ? description : `${description}\nErrors: ${errors.join(', ')}.`;
}

function procedureMap({ procedures, $defs, commonErrors = [] }: ContractSchemas): string {
  const rows = Object.entries(procedures).map(([path, procedure]) => {
    const { kind, input, output } = procedure;
    const types = `kind: ${literal(kind)}; input: ${typeOf(input, $defs)}; output: ${typeOf(output, $defs)}`;
    return `${docComment(procedureNote(procedure), '  ')}  ${literal(path)}: { ${types} };`;
  });
  const note = docComment(
    'Every procedure: its kind, its input as one may write it, and its answer, or of a subscription each event.\n' +
      `Each can return ${commonErrors.join(', ')}; further errors are listed with it.`,
  );
  return `${note}export interface ProcedureMap {\n${rows.join('\n')}\n}

/** The name of a procedure. */
export type ProcedurePath = keyof ProcedureMap;`;
}

function procedureKinds({ procedures }: ContractSchemas): string {
  const rows = Object.entries(procedures).map(([path, { kind }]) => `  ${literal(path)}: ${literal(kind)},`);
  return `/** The kind of every procedure, at run time. */\nexport const procedureKinds = {\n${rows.join('\n')}\n} as const;`;
}

/** With it a client knows before a call whether the server would reject it. */
function procedureAccess(): string {
  const rows = Object.entries(contract).map(
    ([path, { permission, link }]) =>
      `  ${literal(path)}: { permission: ${literalOrNull(permission)}, link: ${literalOrNull(link)} },`,
  );
  const note =
    'What every procedure requires: a permission, or a link to its run. `null`: no permission, no link.';
  return `/** ${note} */\nexport const procedureAccess = {\n${rows.join('\n')}\n} as const;`;
}

function literalOrNull(text: string | null): string {
  return text === null ? 'null' : literal(text);
}

/** With it a client can distinguish known events from those of a later version at run time. */
function eventTypes({ $defs }: ContractSchemas): string {
  const rows = ['RunEvent', 'FeedEvent'].map((union) => {
    const types = ($defs[union]?.oneOf ?? []).map(
      ({ $ref = '' }) => $defs[refName($ref)]?.properties?.['type']?.const,
    );
    if (types.length === 0) throw new Error(`${union} is no longer a union with the discriminator type`);
    return `  ${union}: [\n${types.map((type) => `    ${literal(type)},`).join('\n')}\n  ],`;
  });
  return `/** The \`type\` of every event that this version knows. */\nexport const eventTypes = {\n${rows.join('\n')}\n} as const;`;
}

function routerTypes({ procedures, $defs }: ContractSchemas): string {
  const groups = Map.groupBy(Object.entries(procedures), ([path]) => path.slice(0, path.indexOf('.')));
  const record = [...groups].map(([group, members]) => {
    const rows = members.map(
      ([path, procedure]) =>
        `${docComment(procedureNote(procedure), '    ')}    ${path.slice(group.length + 1)}: ${procedureType(procedure, $defs)};`,
    );
    return `  ${group}: {\n${rows.join('\n')}\n  };`;
  });
  return `/** The format of an error on the wire. \`stagewire\` is missing if another server responds, e.g. a proxy. */
export interface ContractErrorShape extends TRPCDefaultErrorShape {
  /** Decide by \`stagewire.code\`; the other fields are tRPC's. */
  data: TRPCDefaultErrorData & { stagewire?: WireError };
}

interface Root {
  ctx: object;
  meta: object;
  errorShape: ContractErrorShape;
  transformer: false;
}

interface Definition<Input, Output> {
  meta: object;
  input: Input;
  output: Output;
  errorShape: ContractErrorShape;
}

/** An event with its cursor. */
export interface Tracked<Event> {
  /** The cursor of the event: pass the last one as \`lastEventId\` to resume after it. */
  id: string;
  /** The event itself. */
  data: Event;
}

/** The router type for tRPC's clients: \`createTRPCClient<ContractRouter>({ links })\`. */
export type ContractRouter = TRPCBuiltRouter<Root, {
${record.join('\n')}
}>;`;
}

function procedureType({ kind, input, output }: ProcedureSchemas, $defs: ContractSchemas['$defs']): string {
  const [inputType, outputType] = [typeOf(input, $defs), typeOf(output, $defs)];
  switch (kind) {
    case 'query':
      return `TRPCQueryProcedure<Definition<${inputType}, ${outputType}>>`;
    case 'mutation':
      return `TRPCMutationProcedure<Definition<${inputType}, ${outputType}>>`;
    case 'subscription':
      return `TRPCSubscriptionProcedure<Definition<${inputType}, AsyncIterable<Tracked<${outputType}>, void, unknown>>>`;
    default:
      throw new Error(`the generator does not support the procedure kind ${String(kind satisfies never)}`);
  }
}

function typeOf(schema: JsonSchema | null, $defs: ContractSchemas['$defs']): string {
  return schema === null ? 'void' : schemaToType(schema, tsNames($defs));
}
