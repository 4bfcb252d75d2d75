import { describe, expect, test } from 'vitest';

import { answered } from '../support/refused-call.ts';

describe('a prompt that is too long, in the words of', () => {
  test.for([
    [
      'OpenAI',
      400,
      "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
    ],
    [
      'OpenAI Responses',
      400,
      'Your input exceeds the context window of this model. Please adjust your input and try again.',
    ],
    ['Azure', 400, { error: { code: 'context_length_exceeded', message: 'too much' } }],
    ['Anthropic', 400, 'prompt is too long: 210000 tokens > 200000 maximum'],
    [
      'Gemini',
      400,
      'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
    ],
    [
      'Gemini in a list',
      400,
      [
        {
          error: {
            code: 400,
            message: 'The input token count exceeds the maximum number of tokens allowed 1048575.',
            status: 'INVALID_ARGUMENT',
          },
        },
      ],
    ],
    [
      'Cohere',
      400,
      {
        message:
          'too many tokens: total number of tokens in the prompt cannot exceed 128000 - received 150000.',
      },
    ],
    [
      'TGI and Together',
      422,
      'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8192. Given: 9000 `inputs` tokens and 512 `max_new_tokens`',
    ],
    ['TGI', 422, 'Input validation error: `inputs` must have less than 1024 tokens. Given: 1500'],
    ['vLLM', 400, { object: 'error', message: 'max_tokens must be at least 1, got -1543.', code: 400 }],
    [
      'vLLM (decoder)',
      400,
      'The decoder prompt (length 9000) is longer than the maximum model length of 8192.',
    ],
    [
      'llama.cpp',
      400,
      {
        error: {
          type: 'exceed_context_size_error',
          message: 'the request exceeds the available context size, try increasing it',
        },
      },
    ],
    [
      'LM Studio',
      400,
      {
        error:
          'Trying to keep the first 4500 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens',
      },
    ],
    ['Ollama', 500, { error: { message: 'no user query found in messages.' } }],
    ['Ollama input', 400, 'input length exceeds the context length'],
    ['LiteLLM', 500, 'litellm.ContextWindowExceededError: BadRequestError: prompt 9000 > 8192'],
    ['xAI', 400, "This model's maximum prompt length is 131072 but the request contains 537812 tokens."],
    ['Groq', 400, 'Please reduce the length of the messages or completion.'],
    ['Groq 413', 413, 'Request Entity Too Large'],
    ['Bedrock', 400, 'Input is too long for requested model.'],
    [
      'Mistral',
      400,
      'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
    ],
    ['DeepSeek', 400, "This model's maximum context length is 65536 tokens."],
    ['Kimi', 400, 'Invalid request: Your request exceeded model token limit: 8192'],
    ['MiniMax', 400, 'invalid params, context window exceeds limit'],
    ['Qwen', 400, '<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]'],
    ['Zhipu', 400, { error: { code: '1261', message: 'Prompt 超长' } }],
    ['Cerebras', 400, 'Current length is 9000 while limit is 8192'],
    [
      'GitHub',
      413,
      {
        error: {
          code: 'tokens_limit_reached',
          message: 'Request body too large for gpt-4o model. Max size: 8000 tokens.',
        },
      },
    ],
    [
      'Copilot',
      400,
      {
        error: {
          code: 'model_max_prompt_tokens_exceeded',
          message: 'prompt token count of 140000 exceeds the limit of 128000',
        },
      },
    ],
    [
      'watsonx',
      400,
      'Invalid input: the number of input tokens 5000 cannot exceed the total tokens limit 4096 for this model',
    ],
    [
      'Perplexity',
      400,
      { error: { type: 'too_many_prompt_tokens', message: 'The total length of all messages is too long.' } },
    ],
    [
      'Cloudflare',
      413,
      'The estimated number of input and maximum output tokens (9000) exceeded this model context window limit (8192).',
    ],
    ['Fireworks', 400, 'The prompt is too long: 9000, model maximum context length: 8191'],
  ] as const)('%s', ([, status, body]) => {
    expect(answered(status, typeof body === 'string' ? { error: { message: body } } : body)).toMatchObject({
      code: 'CONTEXT_TOO_LONG',
      retryable: false,
    });
  });

  test.for([
    [400, 'max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens for this model'],
    [400, 'max_tokens is too large: 100000. This model supports at most 16384 completion tokens.'],
    [400, 'Token limit reached'],
    [429, 'Request too large for m on input tokens per min (ITPM): Limit 30000, Requested 45000'],
    [429, 'Too many tokens, please wait before trying again.'],
    [400, 'Invalid schema: the name is longer than the maximum length of 64'],
    [400, 'The image is too large'],
  ] as const)('which %i %s is not', ([status, message]) => {
    expect(answered(status, { error: { message } }).code).not.toBe('CONTEXT_TOO_LONG');
  });
});
