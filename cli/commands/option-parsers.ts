import { InvalidArgumentError } from 'commander';
import type { Effort } from '@stagewire/client';
import { parseModelRef } from '@stagewire/server/providers/model-ref';

// Parsers of options with several values. They throw InvalidArgumentError.

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
