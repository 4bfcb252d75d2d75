import { readFileSync, statSync } from 'node:fs';
import { Currency, PriceDate } from '@stagewire/shared/primitives';
import { z } from 'zod';
import { ModelRefError, parseModelRef } from '../providers/model-ref.ts';
import type { PriceList, TokenPrices } from '../providers/price-list.ts';
import { findDuplicateKey } from './duplicate-key.ts';
import { invalidTokenLine } from './invalid-token-line.ts';
import { shownValue } from './shown-value.ts';

/** A larger file is rejected unread, in bytes. */
const maxFileBytes = 1_000_000;

const maxPrice = 1_000_000;
/** Decimals of a price per 1,000,000 tokens: the price of one token then has at most 12. */
const priceDecimals = 6;

const fileForm = 'must be a JSON object with date, currency and models';
const dateForm = 'must be a date such as "2026-11-22"';
const currencyForm = 'must be a currency code of three capital letters, such as "USD"';
const modelsForm = 'must be an object with at least one model and its prices';
const modelForm = 'must be an object with input, cachedInput, output and optionally cacheWriteInput';
const priceForm = `must be a number from 0 to ${maxPrice} with at most ${priceDecimals} decimals: a price per 1,000,000 tokens`;

const Price = z.number(priceForm).transform((price, context) => {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(String(price)) ?? [];
  if (whole !== undefined && price <= maxPrice && fraction.length <= priceDecimals) {
    return BigInt(whole + fraction.padEnd(priceDecimals, '0'));
  }
  context.issues.push({ code: 'custom', message: priceForm, input: price });
  return z.NEVER;
});

const ModelPrices = z.strictObject(
  { input: Price, cachedInput: Price, cacheWriteInput: Price.optional(), output: Price },
  modelForm,
);

const PricesFile = z.strictObject(
  {
    date: z.string(dateForm).refine((date) => PriceDate.safeParse(date).success, dateForm),
    currency: z.string(currencyForm).refine((code) => Currency.safeParse(code).success, currencyForm),
    models: z
      .record(z.string(), ModelPrices, modelsForm)
      .refine((models) => Object.keys(models).length > 0, modelsForm),
  },
  fileForm,
);

/**
 * Reads the price list of STAGEWIRE_PRICES.
 *
 * @param path Relative to the working directory; `undefined` if the variable is not set.
 * @returns the list, or one sentence per problem: the variable, the file, the place in it, the value, what is allowed.
 */
export function readPrices(path: string | undefined): {
  readonly prices?: PriceList;
  readonly problems: readonly string[];
} {
  if (path === undefined) return { problems: [] };
  const read = parsePrices(path);
  return 'problems' in read
    ? { problems: read.problems.map((it) => `STAGEWIRE_PRICES: ${it}`) }
    : { prices: read, problems: [] };
}

type Problems = { readonly problems: readonly string[] };

function parsePrices(path: string): PriceList | Problems {
  const text = readText(path);
  if (typeof text !== 'string') return text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // Not the message, which repeats the text: that may be of any file.
    const line = invalidTokenLine(text) ?? /line (\d+) column/.exec(String(error))?.[1];
    return {
      problems: [`${path} is not JSON${line === undefined ? '' : ` (line ${line})`}. It ${fileForm}.`],
    };
  }
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) {
    const key = JSON.stringify(duplicate.key).slice(0, maxShownChars);
    return { problems: [`Line ${duplicate.line} of ${path} has the key ${key} a second time. Remove one.`] };
  }
  const parsed = PricesFile.safeParse(value);
  if (!parsed.success)
    return { problems: parsed.error.issues.map((issue) => sentence(issue, { path, value })) };
  const { date, currency, models } = parsed.data;
  const problems = Object.keys(models).flatMap((model) => modelProblem(model, path));
  if (problems.length > 0) return { problems };
  const entries = Object.entries(models).map(([model, prices]) => [model, tokenPrices(prices)] as const);
  return { date, currency, models: new Map(entries) };
}

function tokenPrices({ cacheWriteInput, ...prices }: z.output<typeof ModelPrices>): TokenPrices {
  return { ...prices, ...(cacheWriteInput === undefined ? {} : { cacheWriteInput }) };
}

function readText(path: string): string | Problems {
  try {
    const file = statSync(path);
    // Reading a pipe or a device could block the start.
    if (!file.isFile()) return { problems: [`${path} is not a file. Set it to a JSON file, or unset it.`] };
    if (file.size > maxFileBytes) {
      return { problems: [`${path} has ${file.size} bytes; a price list has at most ${maxFileBytes}.`] };
    }
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    // What is no path may be a key.
    const shownPath = shownValue(path);
    return {
      problems: [`${shownPath} cannot be read (${code}). Set it to a readable JSON file, or unset it.`],
    };
  }
}

function modelProblem(model: string, path: string): string[] {
  try {
    parseModelRef(model);
    return [];
  } catch (error) {
    if (!(error instanceof ModelRefError)) throw error;
    return [`models of ${path}: ${error.message}`];
  }
}

function sentence(issue: z.core.$ZodIssue, { path, value }: { path: string; value: unknown }): string {
  const place = issue.path.length === 0 ? path : `${placeOf(issue.path)} of ${path}`;
  if (issue.code === 'unrecognized_keys') {
    const form = issue.path.length === 0 ? fileForm : modelForm;
    const keys = issue.keys.map((key) => `"${key.slice(0, maxShownChars)}"`).join(', ');
    return `${place} has the unknown key ${keys}. It ${form}.`;
  }
  return `${place} ${issue.message}; ${shown(valueAt(value, issue.path))}.`;
}

function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (index === 1 ? `["${String(key)}"]` : `${index === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

const maxShownChars = 60;

function shown(value: unknown): string {
  if (value === undefined) return 'it is missing';
  const json = JSON.stringify(value);
  return `got ${json.length <= maxShownChars ? json : `${json.slice(0, maxShownChars)}…`}`;
}
