import { describe } from 'vitest';
import { chat, failure, refused } from '../support/wire-bodies.ts';
import type { WireCase, WireReply, WireRequest } from '../support/wire-case.ts';
import { testWireCases } from '../support/wire-tests.ts';

const settings = (maxOutputTokens: number): WireCase['settings'] => ({ architect: { maxOutputTokens } });
const askedFor = ({ body }: WireRequest): number =>
  Number(body['max_tokens'] ?? body['max_completion_tokens'] ?? body['max_output_tokens'] ?? 0);
/** Refuses until at most `most` are asked for. */
const atMost =
  (most: number, reply: WireReply) =>
  (request: WireRequest): WireReply =>
    askedFor(request) > most ? reply : { body: chat('Hello') };
const lowered = (
  name: string,
  most: number,
  body: unknown,
  more: { readonly status?: number; readonly asks?: number; readonly calls?: number } = {},
): WireCase => ({
  name,
  settings: settings(more.asks ?? 100_000),
  answer: atMost(most, refused(more.status ?? 400, body)),
  right: {
    ends: 'completed',
    text: 'Hello',
    calls: more.calls ?? 2,
    lastRequest: (request) => askedFor(request) > 0 && askedFor(request) <= most,
  },
});

const outputLimits: readonly WireCase[] = [
  lowered(
    'OpenAI: at most 16384',
    16_384,
    failure(
      'max_tokens is too large: 100000. This model supports at most 16384 completion tokens, whereas you provided 100000.',
      { param: 'max_tokens', code: 'invalid_value' },
    ),
  ),
  lowered(
    'Workers AI: at most 256000 (models.dev#4422)',
    25_600,
    failure(
      'max_completion_tokens is too large: 100000. This model supports at most 25600 completion tokens.',
    ),
  ),
  lowered(
    'Bedrock: lower than 4096 (bedrock-access-gateway#41)',
    4096,
    failure(
      'An error occurred (ValidationException) when calling the ConverseStream operation: The maximum tokens you requested exceeds the model limit of 4096. Try again with a maximum tokens value that is lower than 4096.',
    ),
  ),
  lowered(
    'DeepSeek: a range',
    8192,
    failure('Invalid max_tokens value, the valid range of max_tokens is [1, 8192]', {
      type: 'invalid_request_error',
    }),
  ),
  lowered(
    'DashScope: a range',
    8192,
    failure('<400> InternalError.Algo.InvalidParameter: Range of max_tokens should be [1, 8192]'),
  ),
  lowered(
    'Groq: less than or equal',
    32_768,
    failure(
      '`max_tokens` must be less than or equal to `32768`, the maximum value for `max_tokens` is less than the `context_window` for this model',
      { type: 'invalid_request_error' },
    ),
  ),
  lowered('Gemini: a supported range, end not included', 65_536, [
    {
      error: {
        code: 400,
        message:
          'Unable to submit request because it has a maxOutputTokens value of 100000 but the supported range is from 1 (inclusive) to 65537 (exclusive). Update the value and try again.',
        status: 'INVALID_ARGUMENT',
      },
    },
  ]),
  lowered(
    'Together: input fits, the sum does not',
    31_768,
    failure(
      'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 32768. Given: 1000 `inputs` tokens and 100000 `max_new_tokens`',
    ),
    {},
  ),
  lowered(
    'vLLM: input fits, the output asked for does not (OpenCowork#82)',
    127_999,
    failure(
      "This model's maximum context length is 131072 tokens. However, you requested 128000 output tokens and your prompt contains at least 3073 input tokens, for a total of at least 131073 tokens. Please reduce the length of the input prompt or the number of requested output tokens. (parameter=input_tokens, value=3073)",
    ),
    { asks: 128_000 },
  ),
  lowered(
    'vLLM of old: in the completion (ogx#4534)',
    5480,
    {
      object: 'error',
      message:
        "This model's maximum context length is 6048 tokens. However, you requested 6616 tokens (568 in the messages, 6048 in the completion). Please reduce the length of the messages or completion.",
      type: 'BadRequestError',
      param: null,
      code: 400,
    },
    { asks: 6048 },
  ),
  lowered(
    'SGLang: the sum (models.dev#4422)',
    224_784,
    failure(
      "Requested token count exceeds the model's maximum context length of 256000 tokens. You requested a total of 256878 tokens: 31216 tokens from the input messages and 225662 tokens for the completion. Please reduce the number of tokens in the input messages or the completion to fit within the limit.",
    ),
    { asks: 225_662 },
  ),
  lowered(
    'OpenRouter: the output asked for does not fit',
    31_768,
    failure(
      "This endpoint's maximum context length is 32768 tokens. However, you requested about 101000 tokens (1000 of text input, 100000 in the output). Please reduce the length of either one.",
    ),
    {},
  ),
  {
    name: 'OpenRouter: 402, fewer tokens could be paid: told in full, not tried again',
    settings: settings(100_000),
    answer: refused(
      402,
      failure(
        'This request requires more credits, or fewer max_tokens. You requested up to 100000 tokens, but can only afford 2890. To increase, visit https://openrouter.ai/settings/credits and upgrade to a paid account',
        { code: 402 },
      ),
    ),
    right: { ends: 'failed', reason: 'quota', retryable: false, calls: 1, says: /afford 2890/ },
  },
];

describe('limits of an answer that an error names', () => {
  testWireCases(outputLimits);
});
