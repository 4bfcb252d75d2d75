import type { Usage } from '@stagewire/shared';

import type { ProviderRequest } from './provider.ts';

/** The assumed length of a token where the provider did not count: about right for English and code. */
const CHARS_PER_TOKEN = 4;

/**
 * The usage of an attempt whose provider did not report it at the end. Its source is `estimated`.
 *
 * @param text The model's text in this attempt, without what was kept of the previous one.
 * @param partial What the provider reported before it failed: its input side is kept, its output side is a lower
 * bound. A final usage is returned unchanged.
 */
export function estimateUsage(
  request: ProviderRequest,
  text: string,
  reasoning: string,
  partial?: Usage,
): Usage {
  if (partial?.source === 'final') return partial;
  const inputTokens = partial?.inputTokens || estimateInputTokens(request);
  return estimatedUsage({ inputTokens, textChars: text.length, reasoningChars: reasoning.length }, partial);
}

/** What is known of a call whose provider has not reported its usage: the tokens of its input, the length of its output. */
export interface CountedCall {
  readonly inputTokens: number;
  readonly textChars: number;
  readonly reasoningChars: number;
}

/** As `estimateUsage`, from counts. */
export function estimatedUsage(
  { inputTokens, textChars, reasoningChars }: CountedCall,
  partial?: Usage,
): Usage {
  if (partial?.source === 'final') return partial;
  const reasoningTokens = Math.max(tokensOf(reasoningChars), partial?.reasoningTokens ?? 0);
  const outputTokens = tokensOf(textChars) + reasoningTokens;
  return {
    // No prompt has zero tokens: servers that do not count send zero.
    inputTokens: partial?.inputTokens || inputTokens,
    outputTokens: Math.max(outputTokens, partial?.outputTokens ?? 0),
    reasoningTokens,
    ...(partial?.cachedInputTokens === undefined ? {} : { cachedInputTokens: partial.cachedInputTokens }),
    ...(partial?.cacheWriteInputTokens === undefined
      ? {}
      : { cacheWriteInputTokens: partial.cacheWriteInputTokens }),
    source: 'estimated',
  };
}

/** The tokens of everything that a request sends, estimated from its length. */
export function estimateInputTokens(request: ProviderRequest): number {
  return tokensOf(requestChars(request));
}

/** Numbers as providers report them: possibly missing, `null`, or invalid. */
export interface ReportedUsage {
  readonly input: unknown;
  readonly output: unknown;
  readonly reasoning?: unknown;
  readonly cached?: unknown;
  /** Tokens written to a cache, where a vendor reports them. */
  readonly written?: unknown;
  /** The vendor's own sum: it shows whether reasoning or cached tokens were counted separately. */
  readonly total?: unknown;
}

/**
 * Normalizes a provider's usage across vendors: output includes reasoning, input includes tokens read from and written
 * to a cache. `cachedInputTokens` is set only if it was reported, `cacheWriteInputTokens` only if it is not 0.
 */
export function usageOf(reported: ReportedUsage, source: 'partial' | 'final'): Usage {
  const cached = countOf(reported.cached);
  const reasoning = countOf(reported.reasoning) ?? 0;
  const reportedInput = countOf(reported.input) ?? 0;
  const reportedOutput = countOf(reported.output) ?? 0;
  // More cached tokens than input tokens: they were counted separately (xAI on Azure).
  const input = (cached ?? 0) > reportedInput ? reportedInput + (cached ?? 0) : reportedInput;
  const uncounted = Math.max(0, (countOf(reported.total) ?? 0) - input - reportedOutput);
  // xAI and Gemini count reasoning separately from the output; gateways to Anthropic count cache reads and writes
  // separately from the input.
  const written = countOf(reported.written) ?? 0;
  const ofCache = [cached ?? 0, written, (cached ?? 0) + written];
  const isUncountedInput = uncounted > 0 && ofCache.includes(uncounted) && uncounted !== reasoning;
  const output = isUncountedInput ? reportedOutput : reportedOutput + uncounted;
  const counted = isUncountedInput ? input + uncounted : input;
  return {
    // More written tokens than there is input left: they were counted separately, and not in the total either.
    inputTokens: written > counted - (cached ?? 0) ? counted + written : counted,
    outputTokens: output,
    // Some count reasoning with another tokenizer than the output (OpenRouter).
    reasoningTokens: Math.min(reasoning, output),
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    ...(written === 0 ? {} : { cacheWriteInputTokens: written }),
    source,
  };
}

/** Higher counts are invalid, and their sums would soon exceed the safe integers. */
const MAX_COUNT = 1_000_000_000;

/** A count as a provider sent it: a non-negative integer, or its digits; `undefined` for anything else. */
export function countOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) return undefined;
  return number >= 0 && number <= MAX_COUNT ? number : undefined;
}

function tokensOf(chars: number): number {
  return Math.ceil(chars / CHARS_PER_TOKEN);
}

/** The length of everything that a request sends, in chars. */
export function requestChars(request: ProviderRequest): number {
  const schema = request.json === undefined ? 0 : JSON.stringify(request.json.schema).length;
  return request.messages.reduce((sum, message) => sum + message.text.length, request.system.length + schema);
}
