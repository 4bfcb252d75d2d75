import type { Usage } from '@stagewire/shared';

import type { ProviderRequest } from './provider.ts';

/** What a token is taken to be where nobody counted: about right for English and code. */
const CHARS_PER_TOKEN = 4;

/**
 * What an attempt has used when its provider did not say so in the end. Its source is `estimated`.
 *
 * @param text What the model said in this attempt, without what was kept of the one before.
 * @param partial What the provider told before it broke off: its input side is kept, its output side is a
 *   lower bound. One that is final is given back as it is.
 */
export function estimateUsage(
  request: ProviderRequest,
  text: string,
  reasoning: string,
  partial?: Usage,
): Usage {
  if (partial?.source === 'final') return partial;
  const reasoningTokens = Math.max(tokensOf(reasoning.length), partial?.reasoningTokens ?? 0);
  const outputTokens = tokensOf(text.length) + reasoningTokens;
  return {
    inputTokens: partial?.inputTokens ?? tokensOf(charsOf(request)),
    outputTokens: Math.max(outputTokens, partial?.outputTokens ?? 0),
    reasoningTokens,
    ...(partial?.cachedInputTokens === undefined ? {} : { cachedInputTokens: partial.cachedInputTokens }),
    source: 'estimated',
  };
}

/** Numbers as providers tell them: perhaps missing, `null`, or nonsense. */
export interface ToldUsage {
  readonly input: unknown;
  readonly output: unknown;
  readonly reasoning?: unknown;
  readonly cached?: unknown;
}

/** Tokens as a provider told them; `cachedInputTokens` only if it did. */
export function usageOf(told: ToldUsage, source: 'partial' | 'final'): Usage {
  return {
    inputTokens: countOf(told.input) ?? 0,
    outputTokens: countOf(told.output) ?? 0,
    reasoningTokens: countOf(told.reasoning) ?? 0,
    ...(countOf(told.cached) === undefined ? {} : { cachedInputTokens: countOf(told.cached) }),
    source,
  };
}

function countOf(value: unknown): number | undefined {
  const count = typeof value === 'number' ? Math.round(value) : -1;
  return Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}

function tokensOf(chars: number): number {
  return Math.ceil(chars / CHARS_PER_TOKEN);
}

function charsOf(request: ProviderRequest): number {
  const schema = request.json === undefined ? 0 : JSON.stringify(request.json.schema).length;
  return request.messages.reduce((sum, message) => sum + message.text.length, request.system.length + schema);
}
