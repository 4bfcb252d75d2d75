import { describe } from 'vitest';
import { failure, named, refused } from '../support/wire-bodies.ts';
import type { WireCase } from '../support/wire-case.ts';
import { testWireCases } from '../support/wire-tests.ts';

const tooLong = (name: string, body: unknown, status = 400): WireCase => ({
  name,
  answer: refused(status, body),
  right: { ends: 'failed', code: 'CONTEXT_TOO_LONG', retryable: false, calls: 1 },
});
const notTooLong = (name: string, body: unknown, code: string, status = 400): WireCase => ({
  name,
  answer: refused(status, body),
  right: { ends: 'failed', code },
});

const wordings: readonly WireCase[] = [
  tooLong('SGLang (Qwen3#1321)', {
    object: 'error',
    message: "The input (61709 tokens) is longer than the model's context length (40960 tokens).",
    type: 'BadRequestError',
    param: null,
    code: 400,
  }),
  tooLong(
    'vLLM: the decoder prompt',
    failure(
      'The decoder prompt (length 40000) is longer than the maximum model length of 32768. Make sure that `max_model_len` is no smaller than the number of text tokens.',
      { type: 'BadRequestError', code: 400 },
    ),
  ),
  tooLong(
    'vLLM: total length (vllm#12165)',
    failure(
      'The prompt (total length 25938) is too long to fit into the model (context length 4096). Make sure that `max_model_len` is no smaller than the number of text tokens plus multimodal tokens.',
    ),
  ),
  tooLong(
    'vLLM: nothing is left for an answer',
    failure('max_tokens must be at least 1, got -9000.', { type: 'BadRequestError', code: 400 }),
  ),
  tooLong(
    'DashScope: a range (qwen-code#98)',
    failure('<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 983616]', {
      code: 'invalid_parameter_error',
      type: 'invalid_request_error',
    }),
  ),
  tooLong(
    'GitHub Models: 413 (dyad#1950)',
    {
      error: {
        code: 'tokens_limit_reached',
        message: 'Request body too large for gpt-5-mini model. Max size: 4000 tokens.',
        details: 'Request body too large for gpt-5-mini model. Max size: 4000 tokens.',
      },
    },
    413,
  ),
  tooLong(
    'Bedrock',
    failure(
      'An error occurred (ValidationException) when calling the ConverseStream operation: The model returned the following errors: Input is too long for requested model.',
    ),
  ),
  tooLong(
    'Moonshot',
    failure('Invalid request: Your request exceeded model token limit: 262144', {
      type: 'invalid_request_error',
    }),
  ),
  tooLong(
    'Moonshot of old (MoonshotAI-Cookbook#18)',
    failure('model max length exceeded, max length:8192', { type: 'invalid_request_error' }),
  ),
  tooLong('xAI', {
    code: 'Client specified an invalid argument',
    error: "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
  }),
  tooLong(
    'MiniMax',
    failure('invalid params, context window exceeds limit (2013)', { type: 'bad_request_error' }),
  ),
  tooLong('Zhipu 1261', { error: { code: '1261', message: 'Prompt 超长' } }),
  tooLong('Zhipu in English', { error: { code: '1261', message: 'Prompt exceeds max length' } }),
  tooLong('llama.cpp', {
    error: {
      code: 400,
      message: 'the request exceeds the available context size (4096 tokens), try increasing it',
      type: 'exceed_context_size_error',
      n_prompt_tokens: 9000,
      n_ctx: 4096,
    },
  }),
  tooLong(
    'llama.cpp: as 500',
    { error: { code: 500, message: 'Context size has been exceeded.', type: 'server_error' } },
    500,
  ),
  tooLong(
    'llama-cpp-python: as 500',
    failure('Requested tokens (5900) exceed context window of 4096', { type: 'internal_server_error' }),
    500,
  ),
  tooLong(
    'Ollama',
    failure('prompt too long; exceeded max context length by 4 tokens', { type: 'api_error' }),
  ),
  tooLong('Mistral', {
    object: 'error',
    message:
      'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
    type: 'invalid_request_prompt',
    param: null,
    code: '3051',
    raw_status_code: 400,
  }),
  tooLong('Workers AI', {
    errors: [
      {
        message:
          'AiError: AiError: The estimated number of input and maximum output tokens (30517) exceeded this model context window limit (24000).',
        code: 5021,
      },
    ],
    success: false,
    result: {},
    messages: [],
  }),
  tooLong('Databricks', {
    error_code: 'BAD_REQUEST',
    message:
      '{"external_model_provider":"amazon-bedrock","external_model_error":{"message":"prompt is too long: 210000 tokens > 200000 maximum"}}',
  }),
  tooLong(
    'OpenRouter',
    failure(
      'This endpoint\'s maximum context length is 32768 tokens. However, you requested about 42832 tokens (42832 of text input). Please reduce the length of either one, or use the "middle-out" transform to compress your prompt automatically.',
      { code: 400 },
    ),
  ),
  tooLong(
    'LiteLLM: before the call',
    failure(
      'litellm.ContextWindowExceededError: This model is limited. Max Input Tokens=272000, Got=301450',
      { type: 'invalid_request_error', code: '400' },
    ),
  ),
  tooLong(
    'LM Studio',
    failure(
      'Trying to keep the first 9000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.',
    ),
  ),
  tooLong(
    'Fireworks',
    failure('The prompt is too long: 140000, model maximum context length: 131071', {
      type: 'invalid_request_error',
      code: 'invalid_request_error',
    }),
  ),
  tooLong(
    'Baidu',
    failure('the length of messages exceeds the limit: prompt tokens too long', {
      code: 'invalid_argument',
      type: 'invalid_request_error',
    }),
  ),
  tooLong(
    'Volcano Ark',
    failure('Input length 140000 exceeds the maximum length 131072.', {
      code: 'InvalidParameter',
      type: 'BadRequest',
    }),
  ),
  tooLong('Spark, in Chinese', failure('输入的上下文长度超过模型最大限制', { code: '10907' })),
  {
    name: 'OpenAI Responses: in the stream',
    via: 'openai',
    answer: {
      body: named({
        type: 'error',
        sequence_number: 2,
        error: {
          type: 'invalid_request_error',
          code: 'context_length_exceeded',
          message:
            'Your input exceeds the context window of this model. Please adjust your input and try again.',
          param: 'input',
        },
      }),
    },
    right: { ends: 'failed', code: 'CONTEXT_TOO_LONG', retryable: false },
  },
  {
    name: 'Vertex to Anthropic',
    via: 'anthropic',
    answer: refused(400, {
      type: 'error',
      error: { type: 'invalid_request_error', message: 'prompt is too long: 210000 tokens > 200000 maximum' },
    }),
    right: { ends: 'failed', code: 'CONTEXT_TOO_LONG', retryable: false },
  },
  {
    name: 'Anthropic: 413',
    via: 'anthropic',
    answer: refused(413, {
      type: 'error',
      error: { type: 'request_too_large', message: 'Request exceeds the maximum size' },
    }),
    right: { ends: 'failed', code: 'CONTEXT_TOO_LONG', retryable: false },
  },
  notTooLong(
    'no overflow: a long string elsewhere',
    failure(
      "Invalid 'user': string too long. Expected a string with maximum length 64, but got a string with length 74 instead.",
      { code: 'string_above_max_length', param: 'user' },
    ),
    'PROVIDER_REFUSED',
  ),
  notTooLong(
    'no overflow: the answer took too long',
    failure('The request took too long to process'),
    'PROVIDER_UNAVAILABLE',
    504,
  ),
  notTooLong(
    'no overflow: the model is too large for the machine',
    failure('model is too large to load: requires 40 GiB, context of 4096 tokens'),
    'PROVIDER_UNAVAILABLE',
    500,
  ),
  notTooLong(
    'no overflow: a model that is told by its context',
    failure('The model `llama-32k-context-length` does not exist'),
    'PROVIDER_REFUSED',
    404,
  ),
];

describe('prompts that are too long', () => {
  testWireCases(wordings);
});
