import { contractSchemas } from './contract-schemas.ts';
import { contractSource } from './contract-source.ts';
import { describeContract } from './describe-contract.ts';
import { validateSource } from './validate-source.ts';

/** Every generated file, by its path from the project's root, with its whole text. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const { schemas } = describeContract(contractSchemas());
  return new Map([
    ['client/generated/contract.ts', contractSource(schemas)],
    ['client/generated/validate.ts', validateSource(schemas)],
    ['client/generated/schemas.json', `${JSON.stringify(schemas, null, 2)}\n`],
    [
      'shared/protocol-hash.ts',
      `/** The hash of the contract. Written by \`npm run generate\`. */\nexport const PROTOCOL_HASH = '${schemas.protocolHash}';\n`,
    ],
  ]);
}
