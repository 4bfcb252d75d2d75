import type { EventOf, Usage } from '@stagewire/shared';
import type { Attributes, AttributeValue } from './trace-span.ts';

/** The semantic conventions of OpenTelemetry that all names of spans and attributes follow. */
export const conventionsVersion = '1.41.0';

/** The name of the workflow in the name of its span. */
export const workflowName = 'stagewire';

/** The provider and the model of a reference, under the names of the conventions. */
export function modelAttributes(modelRef: string): Attributes {
  const slash = modelRef.indexOf('/');
  const provider = slash === -1 ? modelRef : modelRef.slice(0, slash);
  return { 'gen_ai.provider.name': provider, 'gen_ai.request.model': modelNameOf(modelRef) };
}

/** The id of the model as its provider knows it. */
export function modelNameOf(modelRef: string): string {
  const slash = modelRef.indexOf('/');
  return slash === -1 || modelRef.startsWith('rehearsal') ? modelRef : modelRef.slice(slash + 1);
}

export function usageAttributes(usage: Usage): Attributes {
  const { inputTokens, outputTokens, reasoningTokens, cachedInputTokens, cacheWriteInputTokens } = usage;
  return defined({
    'gen_ai.usage.input_tokens': inputTokens,
    'gen_ai.usage.output_tokens': outputTokens,
    'gen_ai.usage.reasoning.output_tokens': reasoningTokens === 0 ? undefined : reasoningTokens,
    'gen_ai.usage.cache_read.input_tokens': cachedInputTokens,
    'gen_ai.usage.cache_creation.input_tokens': cacheWriteInputTokens,
    'stagewire.usage.source': usage.source,
  });
}

/** An event that ends an attempt. */
type Ending = EventOf<'stage.completed' | 'stage.interrupted' | 'stage.cancelled' | 'stage.failed'>;

/** What the end of an attempt adds to its span. Never a text of a failure: providers repeat prompts in them. */
export function endingAttributes(ending: Ending): Attributes {
  return {
    ...usageAttributes(ending.usage),
    ...(ending.cost === undefined
      ? {}
      : { 'stagewire.cost.amount': ending.cost.amount, 'stagewire.cost.currency': ending.cost.currency }),
    'stagewire.attempt.outcome': ending.type.slice('stage.'.length),
    'stagewire.output.chars': ending.chars,
    ...outcomeAttributes(ending),
  };
}

function outcomeAttributes(ending: Ending): Attributes {
  switch (ending.type) {
    case 'stage.completed':
      return {
        'gen_ai.response.finish_reasons': [ending.finishReason],
        'gen_ai.response.time_to_first_chunk': ending.ttftMs / 1000,
      };
    case 'stage.interrupted':
      return {
        ...(ending.cause === 'length' && { 'gen_ai.response.finish_reasons': ['length'] }),
        'stagewire.interrupted.cause': ending.cause,
        ...(ending.commandIds.length > 0 && { 'stagewire.command.ids': ending.commandIds }),
      };
    case 'stage.cancelled':
      return { 'stagewire.command.ids': [ending.commandId] };
    case 'stage.failed':
      return defined({
        'error.type': ending.failure.code,
        'stagewire.failure.reason': ending.failure.reason,
        'stagewire.failure.retryable': ending.failure.retryable,
        'stagewire.retry_in_ms': ending.retryInMs,
      });
    default:
      return ending satisfies never;
  }
}

/** The attributes that have a value. */
export function defined(attributes: Readonly<Record<string, AttributeValue | undefined>>): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
