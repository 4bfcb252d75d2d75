import { isRecord } from './error-body.ts';
import type { ProviderEvent } from './provider.ts';

/**
 * Appends the content of a message in order: a string, a part, or a list of them. Parts of thinking become
 * reasoning; every other part with text becomes text, whatever its type, so that none is lost.
 */
export function pushContent(content: unknown, output: ProviderEvent[]): void {
  pushPart(content, 'text', output);
}

/** As `pushContent`, but everything is reasoning: a string, or lists of `{text}`, `{summary}`, `{content}`. */
export function pushReasoning(reasoning: unknown, output: ProviderEvent[]): void {
  pushPart(reasoning, 'reasoning', output);
}

/** Whether the value contains any text. */
export function hasText(value: unknown): boolean {
  const output: ProviderEvent[] = [];
  pushContent(value, output);
  return output.length > 0;
}

const MAX_DEPTH = 6;

function pushPart(part: unknown, as: 'text' | 'reasoning', output: ProviderEvent[], depth = 0): void {
  if (typeof part === 'string') {
    if (part !== '') output.push({ type: as, text: part });
    return;
  }
  if (depth > MAX_DEPTH) return;
  if (Array.isArray(part)) {
    for (const item of part) pushPart(item, as, output, depth + 1);
    return;
  }
  if (!isRecord(part)) return;
  const type = typeof part['type'] === 'string' ? part['type'] : '';
  // The text of a tool call is not meant for the reader, and encrypted content is unreadable.
  if (/tool|function|encrypted|redacted|signature|image|audio|reference|refusal/i.test(type)) return;
  const kind = part['thought'] === true || /think|thought|reason|summary/i.test(type) ? 'reasoning' : as;
  if (part['thinking'] !== undefined) return pushPart(part['thinking'], 'reasoning', output, depth + 1);
  for (const name of ['text', 'content', 'parts', 'value', 'reasoning', 'summary']) {
    const value = part[name];
    if (value === undefined || value === null || value === '') continue;
    const inner = name === 'reasoning' || name === 'summary' ? 'reasoning' : kind;
    return pushPart(value, inner, output, depth + 1);
  }
}
