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
    // No prompt has no tokens: a zero is what a server sends that does not count.
    inputTokens: partial?.inputTokens || estimateInputTokens(request),
    outputTokens: Math.max(outputTokens, partial?.outputTokens ?? 0),
    reasoningTokens,
    ...(partial?.cachedInputTokens === undefined ? {} : { cachedInputTokens: partial.cachedInputTokens }),
    source: 'estimated',
  };
}

/** Tokens of everything that a request sends, estimated from its characters. */
export function estimateInputTokens(request: ProviderRequest): number {
  return tokensOf(requestChars(request));
}

/** Numbers as providers tell them: perhaps missing, `null`, or nonsense. */
export interface ToldUsage {
  readonly input: unknown;
  readonly output: unknown;
  readonly reasoning?: unknown;
  readonly cached?: unknown;
  /** What was written to a cache, where a vendor tells it. */
  readonly written?: unknown;
  /** The vendor's own sum: it shows whether reasoning, or what came from a cache, was counted beside the others. */
  readonly total?: unknown;
}

/**
 * Tokens as a provider told them, in sums that hold for every vendor: output includes reasoning, input includes what
 * came from a cache. `cachedInputTokens` only if it was told.
 */
export function usageOf(told: ToldUsage, source: 'partial' | 'final'): Usage {
  const cached = countOf(told.cached);
  const reasoning = countOf(told.reasoning) ?? 0;
  const toldInput = countOf(told.input) ?? 0;
  const toldOutput = countOf(told.output) ?? 0;
  // More than all of the input cannot have been cached: it was counted beside it (xAI on Azure).
  const input = (cached ?? 0) > toldInput ? toldInput + (cached ?? 0) : toldInput;
  const beside = Math.max(0, (countOf(told.total) ?? 0) - input - toldOutput);
  // xAI and Gemini count reasoning beside the output; gateways to Anthropic count what their cache read and wrote beside the input.
  const written = countOf(told.written) ?? 0;
  const ofCache = [cached ?? 0, written, (cached ?? 0) + written];
  const besideInput = beside > 0 && ofCache.includes(beside) && beside !== reasoning;
  const output = besideInput ? toldOutput : toldOutput + beside;
  return {
    inputTokens: besideInput ? input + beside : input,
    outputTokens: output,
    // Some count reasoning with another tokenizer than the output (OpenRouter).
    reasoningTokens: Math.min(reasoning, output),
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    source,
  };
}

/** More than this is nonsense, and sums of such counts would soon be no integers that an event can hold. */
const MAX_COUNT = 1_000_000_000;

/** A count as a provider told it: an integer from 0 on, or its digits; `undefined` for anything else. */
export function countOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) return undefined;
  return number >= 0 && number <= MAX_COUNT ? number : undefined;
}

function tokensOf(chars: number): number {
  return Math.ceil(chars / CHARS_PER_TOKEN);
}

/** Characters of everything that a request sends. */
export function requestChars(request: ProviderRequest): number {
  const schema = request.json === undefined ? 0 : JSON.stringify(request.json.schema).length;
  return request.messages.reduce((sum, message) => sum + message.text.length, request.system.length + schema);
}
