import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { FinishReason, Usage } from '@stagewire/shared';

import type { AnswerReader } from './answer.ts';
import type { ErrorContext } from './provider-error.ts';
import { failure } from './provider-error.ts';
import type { ProviderFailure } from './provider.ts';
import { usageOf } from './usage.ts';

/** What servers send in a delta beside OpenAI's own fields: OpenRouter and Ollama the one, DeepSeek the other. */
interface ReasoningFields {
  readonly reasoning?: unknown;
  readonly reasoning_content?: unknown;
}

/**
 * Reads the stream of a Chat Completions server. Complete means: a `finish_reason` was seen that is not `error`;
 * whether `[DONE]` follows says nothing, some servers never send it.
 */
export function createChatReader(context: ErrorContext): AnswerReader<ChatCompletionChunk> {
  let finishReason: FinishReason | undefined;
  let usage: Usage | undefined;
  let refusal: ProviderFailure | undefined;
  let refusalText = '';

  function refuse(why: string): void {
    const message = `Model ${context.model} of ${context.provider} refused to answer: ${why}`;
    refusal = failure('PROVIDER_REFUSED', message, context, { retryable: false });
  }

  return {
    read(chunk, said) {
      if (chunk.usage) {
        usage = usageFrom(chunk.usage);
        said.push({ type: 'usage', usage });
      }
      // The chunk with the usage has no choice, and some servers leave the list out.
      const choice = chunk.choices?.[0];
      if (choice === undefined) return;
      const delta: (ChatCompletionChunk.Choice.Delta & ReasoningFields) | undefined = choice.delta;
      const reasoning = delta?.reasoning ?? delta?.reasoning_content;
      if (typeof reasoning === 'string' && reasoning !== '')
        said.push({ type: 'reasoning', text: reasoning });
      if (typeof delta?.content === 'string' && delta.content !== '') {
        said.push({ type: 'text', text: delta.content });
      }
      if (delta?.refusal) refusalText += delta.refusal;
      // Wider than its type: OpenRouter sends `error`, others what they like.
      const reason: string | null | undefined = choice.finish_reason;
      if (reason === null || reason === undefined || reason === '') return;
      if (reason === 'error') {
        const message = `${context.provider} ended the answer of model ${context.model} with an error it did not name.`;
        throw failure('PROVIDER_UNAVAILABLE', message, context, { retryable: true });
      }
      // OpenRouter repeats it on several chunks.
      finishReason ??= finishReasonOf(reason);
      if (reason === 'content_filter') refuse('a content filter ended the answer');
      else if (refusalText !== '') refuse(refusalText);
    },
    get finishReason() {
      return finishReason;
    },
    get usage() {
      return usage;
    },
    get refusal() {
      return refusal;
    },
  };
}

function finishReasonOf(reason: string): FinishReason {
  if (reason === 'stop') return 'stop';
  return reason === 'length' ? 'length' : 'other';
}

function usageFrom(usage: NonNullable<ChatCompletionChunk['usage']>): Usage {
  return usageOf(
    {
      input: usage.prompt_tokens,
      output: usage.completion_tokens,
      reasoning: usage.completion_tokens_details?.reasoning_tokens,
      cached: usage.prompt_tokens_details?.cached_tokens,
    },
    'partial',
  );
}
