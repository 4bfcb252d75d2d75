import { descriptions, type Descriptions } from '@stagewire/shared/descriptions';
import { describe, expect, test } from 'vitest';
import { contractSchemas } from '../../tools/generator/contract-schemas.ts';
import { describeContract } from '../../tools/generator/describe-contract.ts';
import { generatedFiles } from '../../tools/generator/generated-files.ts';
import type { JsonSchema } from '../../tools/generator/json-schema.ts';
import { codeFiles, textOf } from '../support/source-tree.ts';

const bare = contractSchemas();
const generated: Generated = JSON.parse(generatedFiles().get('client/generated/schemas.json') ?? '');

interface Generated {
  readonly protocolHash: string;
  readonly procedures: Readonly<Record<string, Readonly<{ description?: string }>>>;
  readonly $defs: Readonly<Record<string, JsonSchema>>;
}

describe('the descriptions of the contract', () => {
  test('are complete, none stands without what it describes, and none is empty or repeats a name', () => {
    expect(describeContract(bare).faults).toEqual([]);
  });

  test('stand in schemas.json at every definition, field and procedure', () => {
    const places = [
      ...Object.entries(generated.$defs).flatMap(([name, schema]) => placesIn(schema, name)),
      ...Object.entries(generated.procedures),
    ];
    expect(places.length).toBeGreaterThan(400);
    expect(places.filter(([, { description = '' }]) => description.trim() === '').map(([at]) => at)).toEqual(
      [],
    );
  });

  test('stand before every member of the generated types', () => {
    const lines = (generatedFiles().get('client/generated/contract.ts') ?? '').split('\n');
    const types = lines.slice(0, lines.indexOf('export const procedureKinds = {'));
    const members = types.flatMap((line, at) => (/^ {2,}['\w.]+\??:/.test(line) ? [at] : []));
    expect(members.length).toBeGreaterThan(400);
    expect(members.filter((at) => types[at - 1]?.endsWith('*/') !== true).map((at) => types[at])).toEqual([]);
  });

  test('stand before every name that the generated contract exports', () => {
    const lines = (generatedFiles().get('client/generated/contract.ts') ?? '').split('\n');
    const exported = lines.flatMap((line, at) => (line.startsWith('export ') ? [at] : []));
    expect(exported.length).toBeGreaterThan(70);
    expect(exported.filter((at) => lines[at - 1]?.endsWith('*/') !== true).map((at) => lines[at])).toEqual(
      [],
    );
  });

  test('say of the details of errors what PROTOCOL.md says', () => {
    const [, table = ''] = textOf('PROTOCOL.md').split('| `details` ');
    const rows = table.slice(0, table.indexOf('\n\n')).split('\n').slice(2);
    const documented = rows.flatMap((row) => {
      const [, codes = '', details = ''] = row.split('|');
      return [...codes.matchAll(/`(\w+)`/g)].map(([, code = '']) => [code, details.trim()] as const);
    });
    expect(documented.map(([code]) => code).toSorted()).toEqual(
      Object.keys(descriptions.errorDetails).toSorted(),
    );
    for (const [code, details] of documented) {
      const start = /^`[^`]+`|^[^,]+/.exec(details)?.[0] ?? '?';
      expect(Object.entries(descriptions.errorDetails).find(([known]) => known === code)?.[1]).toContain(
        start,
      );
    }
  });

  test('are no part of the hash', () => {
    expect(generated.protocolHash).toBe(bare.protocolHash);
  });

  test('stand in no schema themselves, and are loaded by the generator only', () => {
    const loaders = codeFiles().filter(
      (path) => /^(?:server|client|console|cli)\//.test(path) && /shared\/descriptions/.test(textOf(path)),
    );
    expect(loaders.filter((path) => !path.startsWith('client/generated/'))).toEqual([]);
    const inline = codeFiles().filter(
      (path) => /^shared\/[\w-]+\.ts$/.test(path) && /\.describe\(|\bdescription:/.test(textOf(path)),
    );
    expect(inline).toEqual([]);
  });
});

describe('a fault that is found', () => {
  test('a field without a description', () => {
    expect(faultsOf({ SteerInput: { fields: { text: undefined } } })).toEqual([
      'SteerInput.text has no description',
    ]);
  });

  test('a field of a nested object without one', () => {
    expect(faultsOf({ RunPrompt: { fields: { 'messages.text': undefined } } })).toEqual([
      'RunPrompt.messages.text has no description',
    ]);
  });

  test('a common field without one', () => {
    const { seq: _, ...commonFields } = descriptions.commonFields;
    const { faults } = describeContract(bare, { ...descriptions, commonFields });
    expect(faults).toContain('stage.delta.seq has no description');
  });

  test('a schema or a procedure without one', () => {
    expect(faultsOf({ Receipt: undefined })).toContain('Receipt has no description');
    const { faults } = describeContract(bare, { ...descriptions, procedures: {} });
    expect(faults).toContain('runs.get has no description');
  });

  test('a description without its field, schema, procedure or common field', () => {
    const text = 'What is not there.';
    expect(faultsOf({ 'stage.delta': { fields: { tokens: text } } })).toEqual([
      'stage.delta.tokens is described but does not exist',
    ]);
    const strayed: Descriptions = {
      ...descriptions,
      schemas: { ...descriptions.schemas, Ghost: { text } },
      procedures: { ...descriptions.procedures, 'runs.pause': { text, errors: [] } },
      commonFields: { ...descriptions.commonFields, colour: text },
    };
    expect(describeContract(bare, strayed).faults.toSorted()).toEqual([
      'Ghost is described but does not exist',
      'commonFields.colour is described but does not exist',
      'procedures.runs.pause is described but does not exist',
    ]);
  });

  test.each(['', '  ', 'The finish reason.', 'finishReason'])('a text that says nothing: "%s"', (text) => {
    expect(faultsOf({ 'stage.completed': { fields: { finishReason: text } } })).toEqual([
      'the description of stage.completed.finishReason says nothing',
    ]);
  });

  test('a text that a field has from the common ones anyway', () => {
    expect(faultsOf({ Receipt: { fields: { commandId: descriptions.commonFields['commandId'] } } })).toEqual([
      'Receipt.commandId repeats the common description',
    ]);
  });

  test('a value without a description, and the reverse', () => {
    const { stop: _, ...others } = descriptions.schemas['FinishReason']?.values ?? {};
    const values = { ...others, tired: 'it had enough' };
    expect(faultsOf({ FinishReason: { values } }).toSorted()).toEqual([
      'FinishReason has no value tired to describe',
      'the value stop of FinishReason has no description',
    ]);
  });
});

type Change = Readonly<Record<string, unknown>>;

/** What is found when the descriptions of these schemas are changed; `undefined` takes one away. */
function faultsOf(changes: Readonly<Record<string, Change | undefined>>): readonly string[] {
  const schemas = Object.fromEntries(
    Object.entries({ ...descriptions.schemas, ...changes }).flatMap(([name, change]) => {
      const before = descriptions.schemas[name];
      if (change === undefined) return [];
      const fields = Object.entries({ ...before?.fields, ...(change['fields'] as Change | undefined) });
      const kept = Object.fromEntries(fields.filter(([, text]) => text !== undefined));
      return [[name, { ...before, ...change, fields: kept }]];
    }),
  ) as Descriptions['schemas'];
  return describeContract(bare, { ...descriptions, schemas }).faults;
}

/** A schema and every field below it, found without the walk of the generator. */
function placesIn(schema: unknown, at: string, isPlace = true): [string, JsonSchema][] {
  if (Array.isArray(schema)) return schema.flatMap((item) => placesIn(item, at, false));
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {}, ...rest } = schema as JsonSchema;
  return [
    ...(isPlace ? [[at, schema as JsonSchema] as [string, JsonSchema]] : []),
    ...Object.entries(properties).flatMap(([key, field]) => placesIn(field, `${at}.${key}`)),
    ...Object.values(rest).flatMap((inner) => placesIn(inner, at, false)),
  ];
}
