import { InvalidArgumentError } from 'commander';
import type { Effort } from '@stagewire/client';
import { parseModelRef } from '@stagewire/server/providers/model-ref';

// Parsers of options that several commands have, or with several values. They throw InvalidArgumentError.

/** The description of an argument or option that names a run. */
export const runDefault = 'the run (default: the newest active run, otherwise the newest run)';

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

export function list(text: string): string[] {
  return text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
}

export function append(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

export function pair(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, value] = /^([^=]+)=([^]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Expected name=value.');
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`"${name}" is given twice.`);
  return { ...before, [name]: value };
}

export function modelRef(text: string): string {
  if (/^\w+=/.test(text)) {
    throw new InvalidArgumentError(`This is the model of one role: use --model-for ${text}.`);
  }
  try {
    parseModelRef(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

export function modelPair(text: string, before?: Readonly<Record<string, string>>): Record<string, string> {
  if (!/^[^=/]+=/.test(text)) {
    throw new InvalidArgumentError('Expected role=provider/name, e.g. reviewer=openai/gpt-5.2.');
  }
  const pairs = pair(text, before);
  for (const ref of Object.values(pairs)) modelRef(ref);
  return pairs;
}

const efforts: readonly string[] = ['low', 'medium', 'high'] satisfies readonly Effort[];

export function effortPair(text: string, before?: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = pair(text.includes('=') ? text : `default=${text}`, before);
  for (const effort of Object.values(pairs)) {
    if (!efforts.includes(effort)) throw new InvalidArgumentError('Expected low, medium or high.');
  }
  return pairs;
}

export function tokensPair(
  text: string,
  before: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const words = Object.fromEntries(Object.entries(before).map(([role, tokens]) => [role, String(tokens)]));
  const pairs = pair(text.includes('=') ? text : `default=${text}`, words);
  return Object.fromEntries(
    Object.entries(pairs).map(([role, tokens]) => {
      const count = wholeNumber(tokens);
      if (count === 0) throw new InvalidArgumentError('Expected a whole number above 0.');
      return [role, count];
    }),
  );
}

export function tokenCount(text: string): number {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (count === 0) throw new InvalidArgumentError('Expected a whole number above 0.');
  return count;
}

/** An amount of money. */
export function amount(text: string): string {
  if (/^\d{1,18}(?:\.\d{1,12})?$/.test(text) && Number(text) > 0) return text;
  throw new InvalidArgumentError('Expected a decimal number above 0, e.g. 0.50.');
}
