import * as commands from '@stagewire/shared/commands';
import * as contract from '@stagewire/shared/contract';
import * as events from '@stagewire/shared/events';
import * as primitives from '@stagewire/shared/primitives';
import * as state from '@stagewire/shared/state';
import type { ContractSchemas } from './contract-schemas.ts';
import { docComment } from './doc-comment.ts';

const modules = { commands, contract, events, primitives, state } as const;

/** Of the exported names that are no definition of the JSON Schema. */
const otherDescriptions: Readonly<Record<string, string>> = {
  Count: 'A whole number from 0.',
  Ordinal: 'The number of a stage in its run, or of an attempt in its stage, from 1.',
  Seq: 'The position of a durable event in the log of its run: 1, 2, 3, … without gaps.',
  TextParts: 'The parts of an attempt’s text that are the content of a file, in order.',
  contract: 'Every procedure by its path, with the schemas of its input and its output.',
  DurableEvent: 'An event that is committed to the log of its run.',
  TransientEvent: 'An event that fills a gap and is not in the log.',
  durableEvents: 'The schema of every durable event, by its type.',
  transientEvents: 'The schema of every transient event, by its type.',
};

/**
 * The zod schemas of the contract under the names of the types, each with its description: an `export *` of the schemas
 * themselves would bring none, since their descriptions are in files of their own.
 *
 * @throws Error if a name has no description.
 */
export function validateSource(schemas: ContractSchemas): string {
  const names = Object.keys(modules);
  const exported = Object.entries(modules).flatMap(([name, module]) =>
    Object.keys(module)
      .toSorted()
      .map((schema) => {
        const description = schemas.$defs[schema]?.description ?? otherDescriptions[schema];
        if (typeof description !== 'string')
          throw new Error(`${schema} of shared/${name}.ts has no description`);
        const doc = docComment(description);
        const value = `${doc}export const ${schema}: typeof ${name}Schemas.${schema} = ${name}Schemas.${schema};\n`;
        const isSchema = /^[A-Z]/.test(schema);
        return isSchema ? `${value}${doc}export type ${schema} = z.infer<typeof ${schema}>;\n` : value;
      }),
  );
  return [
    '// Written by `npm run generate` from shared/contract.ts and shared/descriptions.ts. Change it there, not here.\n',
    ...names.map((name) => `import * as ${name}Schemas from '@stagewire/shared/${name}';`),
    `import type { z } from 'zod';\n`,
    ...names.map((name) => `export type * from '@stagewire/shared/${name}';`),
    '',
    exported.join('\n'),
  ].join('\n');
}
