import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../../server/process/config-error.ts';
import { readConfig, type Config } from '../../server/process/config.ts';
import { findDuplicateKey } from '../../server/process/duplicate-key.ts';
import { invalidTokenLine } from '../../server/process/invalid-token-line.ts';
import { priceNotes } from '../../server/process/price-notes.ts';
import { textOf } from '../support/source-tree.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'prices-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const prices = { input: 1.5, cachedInput: 0.15, output: 6 };
const list = { date: '2026-11-22', currency: 'USD', models: { 'openai/made-up': prices } };

function read(text: string): Config {
  const path = join(folder, 'prices.json');
  writeFileSync(path, text);
  return readConfig({ STAGEWIRE_PRICES: path });
}

/** The problems, with `prices.json` for the path of the file. */
function problems(text: string | object): readonly string[] {
  try {
    read(typeof text === 'string' ? text : JSON.stringify(text));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((it) => it.replaceAll(`${folder}/`, ''));
  }
  return [];
}

const withModel = (fields: object) => ({ ...list, models: { 'openai/made-up': { ...prices, ...fields } } });

describe('a price list', () => {
  test('is read, in 10^-12 of its currency per token', () => {
    const models = { 'openai/made-up': { ...prices, cacheWriteInput: 0.000001 }, rehearsal: prices };
    expect(read(JSON.stringify({ ...list, models })).prices).toEqual({
      date: '2026-11-22',
      currency: 'USD',
      models: new Map([
        [
          'openai/made-up',
          { input: 1_500_000n, cachedInput: 150_000n, cacheWriteInput: 1n, output: 6_000_000n },
        ],
        ['rehearsal', { input: 1_500_000n, cachedInput: 150_000n, output: 6_000_000n }],
      ]),
    });
  });

  test('may have a byte order mark, zeros and the greatest price', () => {
    const fields = { input: 0, cachedInput: 0.0, output: 1_000_000 };
    expect(problems(`\uFEFF${JSON.stringify(withModel(fields))}`)).toEqual([]);
  });

  test('is accepted as docs/OPERATIONS.md shows it', () => {
    const [, costs = ''] = textOf('docs/OPERATIONS.md').split('\n## Costs\n');
    const [, example = ''] = /```json\n([^]*?)```/.exec(costs) ?? [];
    expect(read(example).prices?.models.size).toBe(3);
  });

  test('is none if the variable is not set or empty', () => {
    expect(readConfig({ STAGEWIRE_PRICES: ' ' })).toEqual(readConfig({}));
    expect(readConfig({})).not.toHaveProperty('prices');
  });

  const priceForm =
    'must be a number from 0 to 1000000 with at most 6 decimals: a price per 1,000,000 tokens';
  const input = 'STAGEWIRE_PRICES: models["openai/made-up"].input of prices.json';

  test.each<[string, string | object, string]>([
    [
      'that is not JSON',
      '{\n  "date": nope }',
      'STAGEWIRE_PRICES: prices.json is not JSON (line 2). It must be a JSON object with date, currency and models.',
    ],
    [
      'with a comma after the last price',
      '{\n  "date": "2026-11-22",\n}',
      'STAGEWIRE_PRICES: prices.json is not JSON (line 3). It must be a JSON object with date, currency and models.',
    ],
    [
      'that is empty',
      '',
      'STAGEWIRE_PRICES: prices.json is not JSON. It must be a JSON object with date, currency and models.',
    ],
    [
      'that is a list',
      '[]',
      'STAGEWIRE_PRICES: prices.json must be a JSON object with date, currency and models; got [].',
    ],
    [
      'without models',
      { date: list.date, currency: 'USD' },
      'STAGEWIRE_PRICES: models of prices.json must be an object with at least one model and its prices; it is missing.',
    ],
    [
      'with no model',
      { ...list, models: {} },
      'STAGEWIRE_PRICES: models of prices.json must be an object with at least one model and its prices; got {}.',
    ],
    [
      'with a date that no calendar has',
      { ...list, date: '2026-02-30' },
      'STAGEWIRE_PRICES: date of prices.json must be a date such as "2026-11-22"; got "2026-02-30".',
    ],
    [
      'with a currency by its sign',
      { ...list, currency: '$' },
      'STAGEWIRE_PRICES: currency of prices.json must be a currency code of three capital letters, such as "USD"; got "$".',
    ],
    [
      'with an unknown key',
      { ...list, notes: 1 },
      'STAGEWIRE_PRICES: prices.json has the unknown key "notes". It must be a JSON object with date, currency and models.',
    ],
    [
      'with an unknown price',
      withModel({ reasoning: 1 }),
      'STAGEWIRE_PRICES: models["openai/made-up"] of prices.json has the unknown key "reasoning". It must be an object with input, cachedInput, output and optionally cacheWriteInput.',
    ],
    ['with a negative price', withModel({ input: -1 }), `${input} ${priceForm}; got -1.`],
    ['with a price as text', withModel({ input: '1.5' }), `${input} ${priceForm}; got "1.5".`],
    ['with a price that is null', withModel({ input: null }), `${input} ${priceForm}; got null.`],
    ['with a missing price', withModel({ input: undefined }), `${input} ${priceForm}; it is missing.`],
    ['with too small a price', withModel({ input: 1e-7 }), `${input} ${priceForm}; got 1e-7.`],
    ['with too precise a price', withModel({ input: 0.1234567 }), `${input} ${priceForm}; got 0.1234567.`],
    ['with too high a price', withModel({ input: 1_000_001 }), `${input} ${priceForm}; got 1000001.`],
    [
      'with a model that is no reference',
      { ...list, models: { 'made-up': prices } },
      'STAGEWIRE_PRICES: models of prices.json: "made-up" is not a valid model: unknown or missing provider. Use anthropic/<model>, openai/<model>, openrouter/<model>, compatible/<model>, ollama/<model>, or rehearsal.',
    ],
    [
      'with a model twice',
      '{"date": "2026-11-22", "currency": "USD",\n "models": {\n  "rehearsal": {},\n  "rehears\\u0061l": {} } }',
      'STAGEWIRE_PRICES: Line 4 of prices.json has the key "rehearsal" a second time. Remove one.',
    ],
  ])('%s stops the start with a sentence', (_, text, sentence) => {
    expect(problems(text)).toEqual([sentence]);
  });

  test('reports every wrong value', () => {
    expect(problems({ ...withModel({ input: -1, output: 'x' }), date: '' })).toHaveLength(3);
  });

  test('that cannot be read stops the start, and its text is not shown', () => {
    mkdirSync(join(folder, 'dir'));
    const refuse = (path: string) => () => readConfig({ STAGEWIRE_PRICES: join(folder, path) });
    expect(refuse('none.json')).toThrow(
      /^STAGEWIRE_PRICES: \/.*none\.json cannot be read \(ENOENT\)\. Set it to a readable JSON file, or unset it\.$/,
    );
    expect(() => readConfig({ STAGEWIRE_PRICES: 'sk-0123456789abcdefghij' })).toThrow(
      /^STAGEWIRE_PRICES: … cannot be read/,
    );
    expect(refuse('dir')).toThrow(/dir is not a file\./);
    writeFileSync(join(folder, 'big'), ' '.repeat(1_000_001));
    expect(refuse('big')).toThrow(/big has 1000001 bytes; a price list has at most 1000000\./);
    writeFileSync(join(folder, 'secret'), 'password=hunter2');
    expect(refuse('secret')).toThrow(/^(?!.*(?:hunter|password)).*secret is not JSON/);
  });

  test('is announced at the start, with the models that it lacks', () => {
    const { prices: known } = read(JSON.stringify(list));
    const models = { default: 'openai/made-up', coder: 'openai/other', tester: 'openai/other' };
    expect(priceNotes(undefined, models)).toEqual([]);
    expect(priceNotes(known, { default: 'openai/made-up' })).toEqual([
      'Prices: 1 model in USD, of 2026-11-22.',
    ]);
    expect(priceNotes(known, models)).toEqual([
      'Prices: 1 model in USD, of 2026-11-22. Without a price, so that their cost is unknown: openai/other.',
    ]);
  });
});

describe('the line of what is no JSON', () => {
  test.each([
    ['{"a": [1, -2.5e3, true, null, "\\u00e9\\n"]}\n', undefined],
    ['{\n"a": // note\n 1}', 2],
    ["{\n\n'a': 1}", 3],
    ['"an open\nstring"', 1],
  ])('%j', (text, line) => {
    expect(invalidTokenLine(text)).toBe(line);
  });
});

describe('a key that an object has twice', () => {
  test.each([
    ['{"a": 1, "b": {"a": 2}, "c": [{"a": 1}, {"a": 2}]}', undefined],
    ['{"a": "a", "b": ["a", "a"]}', undefined],
    ['{"a\\"": 1, "b": "{\\"a\\": 1, \\"a\\": 2}"}', undefined],
    ['{"a": 1,\n"a": 2}', { key: 'a', line: 2 }],
    ['{"x": [1, {"b": {}, "b": 1}]}', { key: 'b', line: 1 }],
    ['{"a": {"b": 1}, "b": 1, "a": 2}', { key: 'a', line: 1 }],
  ])('%s', (json, found) => {
    expect(findDuplicateKey(json)).toEqual(found);
  });
});
