import { describe, expect, test } from 'vitest';

import { failureOf, failureOfBody } from '../../server/providers/provider-error.ts';
import { HttpRefusal } from '../../server/providers/http-refusal.ts';

const context = {
  provider: 'Test',
  baseUrl: 'https://models.example.org/v1',
  variable: 'COMPATIBLE_BASE_URL',
  model: 'm',
  apiKey: 'top-secret-0123',
  now: () => Date.UTC(2026, 0, 1),
};

function answered(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const url = 'https://models.example.org/v1/chat/completions';
  return failureOf(new HttpRefusal({ status, headers: new Headers(headers), url, text }), false, context);
}

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

describe('how long to wait', () => {
  const gemini = (quotaId: string) => ({
    error: {
      code: 429,
      message:
        'You exceeded your current quota, please check your plan and billing details. Please retry in 26.4s.',
      status: 'RESOURCE_EXHAUSTED',
      details: [
        { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId }] },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '26s' },
      ],
    },
  });
  const limited = (message: string) => ({ error: { message } });
  test.for<readonly [string, unknown, Readonly<Record<string, string>>, number | undefined]>([
    ['Gemini per minute', gemini('GenerateContentInputTokensPerModelPerMinute-FreeTier'), {}, 26_000],
    ['the same in a list', [gemini('GenerateRequestsPerMinutePerProjectPerModel')], {}, 26_000],
    [
      'the same as LiteLLM passes it on',
      limited(`litellm.RateLimitError: ${JSON.stringify(gemini('PerMinute'))}`),
      {},
      26_400,
    ],
    ['in words, seconds', limited('Rate limit reached. Please try again in 6.2s.'), {}, 6_200],
    ['in words, milliseconds', limited('Please try again in 880ms. Visit us.'), {}, 880],
    ['in words, long', limited('Please retry after 20 seconds'), {}, 20_000],
    ['in words, minute', limited('Try again in 1 minute'), {}, 60_000],
    ['in words, by waiting', limited('Please wait 12 seconds and 500 milliseconds'), {}, 12_500],
    ['in a field', { error: { message: 'slow', retry_after: 3 } }, {}, 3_000],
    [
      'in metadata',
      {
        error: {
          code: 429,
          message: 'slow',
          metadata: { headers: { 'X-RateLimit-Reset': String(Date.UTC(2026, 0, 1) + 9_000) } },
        },
      },
      {},
      9_000,
    ],
    [
      'a protobuf duration',
      { error: { details: [{ retryDelay: { seconds: 2, nanos: 500_000_000 } }] } },
      {},
      2_500,
    ],
    [
      'OpenAI’s header',
      limited('slow'),
      { 'x-ratelimit-reset-tokens': '6s', 'x-ratelimit-remaining-tokens': '0' },
      6_000,
    ],
    [
      'the limit that is spent',
      limited('slow'),
      {
        'x-ratelimit-reset-requests': '59s',
        'x-ratelimit-remaining-requests': '8',
        'x-ratelimit-reset-tokens': '250ms',
        'x-ratelimit-remaining-tokens': '0',
      },
      250,
    ],
    ['Groq’s header', limited('slow'), { 'x-ratelimit-reset-tokens': '7.66s' }, 7_660],
    ['Cerebras’ header', limited('slow'), { 'x-ratelimit-reset-tokens-minute': '11.38' }, 11_380],
    [
      'Anthropic’s header',
      limited('slow'),
      { 'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:30Z' },
      30_000,
    ],
    [
      'the epoch in seconds',
      limited('slow'),
      { 'x-ratelimit-reset': String(Date.UTC(2026, 0, 1) / 1_000 + 5) },
      5_000,
    ],
    ['a header that wins over words', limited('try again in 9s'), { 'retry-after': '2' }, 2_000],
    ['a duration in retry-after', limited('slow'), { 'retry-after': '1m' }, 60_000],
    ['nothing', limited('slow down'), {}, undefined],
    ['a number that is no wait', limited('Limit 30000, used 29000, requested 1500'), {}, undefined],
  ])('%s', ([, body, headers, retryAfterMs]) => {
    expect(answered(429, body, headers)).toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      retryable: true,
      reason: 'rate_limit',
      retryAfterMs,
    });
  });

  test.for<readonly [string, number, unknown, Readonly<Record<string, string>>, RegExp]>([
    [
      'Groq’s day',
      429,
      limited('Rate limit on tokens per day (TPD)'),
      { 'retry-after': '2160' },
      /wait 36 min, longer than the 60 s/,
    ],
    ['in words', 429, limited('Please try again in 2m30s.'), {}, /wait 3 min|wait 2\.5 min|wait 150 s/],
    ['a header', 429, limited('slow'), { 'x-ratelimit-reset-requests': '6m0s' }, /wait 6 min/],
    ['hours', 429, limited('try again in 5 hours'), {}, /wait 5 h/],
    ['an outage', 503, limited('down'), { 'retry-after': '3600' }, /wait 60 min/],
  ])('too long to be waited: %s', ([, status, body, headers, words]) => {
    const failure = answered(status, body, headers);
    expect(failure).toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      retryable: false,
      reason: 'wait_too_long',
    });
    expect(failure.retryAfterMs).toBeUndefined();
    expect(failure.message).toMatch(words);
  });

  test('may be configured to be longer', () => {
    const headers = new Headers({ 'retry-after': '90' });
    const failure = failureOfBody({}, { ...context, retryAfterCapMs: 100_000 }, { status: 429, headers });
    expect(failure).toMatchObject({ retryable: true, retryAfterMs: 90_000 });
  });

  test.for<readonly [number, unknown]>([
    [429, gemini('GenerateRequestsPerDayPerProjectPerModel-FreeTier')],
    [429, limited('You exceeded your current quota, please check your plan and billing details.')],
    [429, { error: { type: 'insufficient_quota', message: 'x' } }],
    [402, { error: { message: 'Insufficient credits' } }],
    [400, { error: { message: 'Your credit balance is too low' } }],
  ])('no time helps against a spent quota: %i %j', ([status, body]) => {
    expect(answered(status, body)).toMatchObject({
      code: 'PROVIDER_REFUSED',
      retryable: false,
      reason: 'quota',
    });
  });
});

describe('what an error is about', () => {
  test.for<readonly [number, unknown, string, string | undefined]>([
    [400, { code: 'invalid-argument', error: 'Incorrect API key provided.' }, 'PROVIDER_AUTH', undefined],
    [
      400,
      [
        {
          error: {
            code: 400,
            message: 'API key not valid. Please pass a valid API key.',
            status: 'INVALID_ARGUMENT',
          },
        },
      ],
      'PROVIDER_AUTH',
      undefined,
    ],
    [400, { error: { message: 'No API key provided' } }, 'PROVIDER_AUTH', undefined],
    [422, { detail: 'Invalid API Key' }, 'PROVIDER_AUTH', undefined],
    [401, { error: { message: 'x' } }, 'PROVIDER_AUTH', undefined],
    [403, { error: { message: 'x' } }, 'PROVIDER_AUTH', undefined],
    [403, { error: { message: 'Your input was flagged by moderation' } }, 'PROVIDER_REFUSED', undefined],
    [
      403,
      { error: { code: 'unsupported_country_region_territory', message: 'x' } },
      'PROVIDER_REFUSED',
      undefined,
    ],
    [
      403,
      { error: { code: 'model_not_found', message: 'Project does not have access to model m' } },
      'PROVIDER_REFUSED',
      'model_unknown',
    ],
    [
      404,
      { error: { message: "model 'llama9' not found, try pulling it first" } },
      'PROVIDER_REFUSED',
      'model_unknown',
    ],
    [
      404,
      { error: { message: 'The model `x` does not exist or you do not have access to it.' } },
      'PROVIDER_REFUSED',
      'model_unknown',
    ],
    [
      404,
      { type: 'error', error: { type: 'not_found_error', message: 'model: claude-9' } },
      'PROVIDER_REFUSED',
      'model_unknown',
    ],
    [
      404,
      { error: { message: 'No endpoints found for x/y.', code: 404 } },
      'PROVIDER_REFUSED',
      'model_unknown',
    ],
    [
      400,
      { error: { message: 'x/y is not a valid model ID', code: 400 } },
      'PROVIDER_REFUSED',
      'model_unknown',
    ],
    [
      400,
      { error: { message: 'The requested model x is no longer available' } },
      'PROVIDER_REFUSED',
      'model_unknown',
    ],
    [
      400,
      { error: { message: 'response_format is not supported by this model' } },
      'PROVIDER_REFUSED',
      undefined,
    ],
    [
      404,
      { error: { message: 'No endpoints found matching your data policy' } },
      'PROVIDER_REFUSED',
      undefined,
    ],
    [404, '404 page not found', 'PROVIDER_REFUSED', 'wrong_address'],
    [404, { detail: 'Not Found' }, 'PROVIDER_REFUSED', 'wrong_address'],
    [405, { detail: 'Method Not Allowed' }, 'PROVIDER_REFUSED', 'wrong_address'],
    [500, { error: { message: 'oops' } }, 'PROVIDER_UNAVAILABLE', undefined],
  ])('%i %j is %s, %s', ([status, body, code, reason]) => {
    expect(answered(status, body)).toMatchObject({
      code,
      reason,
      retryable: code === 'PROVIDER_UNAVAILABLE',
    });
  });

  test.for<readonly [unknown, string]>([
    [[{ error: { message: 'said in a list' } }], 'said in a list'],
    [{ error: 'said as a text' }, 'said as a text'],
    [{ errors: [{ message: 'said in errors' }] }, 'said in errors'],
    [{ detail: [{ loc: ['body', 'model'], msg: 'field required' }] }, 'body.model: field required'],
    [
      {
        object: 'error',
        message: { detail: [{ loc: ['body', 'x'], msg: 'Extra inputs are not permitted' }] },
      },
      'body.x: Extra inputs',
    ],
    [
      { statusCode: 400, error: 'Bad Request', message: 'said by Nest' },
      '(Bad Request) for model m: said by Nest',
    ],
    [{ error: { message: '', code: 'odd_code' } }, '(odd_code)'],
    ['said in plain text', 'said in plain text'],
    [{ unheard: 'of' }, 'unheard'],
  ])('the words of %j are told', ([body, words]) => {
    expect(answered(400, body).message).toContain(words);
  });

  test('a full stop comes before the advice', () => {
    expect(answered(401, { error: { message: 'invalid x-api-key' } }).message).toContain(
      'invalid x-api-key. Check the key',
    );
    expect(answered(401, { error: { message: 'No.' } }).message).toContain('No. Check the key');
  });
});

describe('a web page as an error', () => {
  const page = (title: string) =>
    `<!DOCTYPE html><html><head><style>body{color:red}</style><script>let a=1</script><title>${title}</title>` +
    '<style>.cut { color: blue';

  test('is a few words, never a style sheet', () => {
    const { message, code } = answered(502, page('502 Bad Gateway &amp; more'));
    expect(code).toBe('PROVIDER_UNAVAILABLE');
    expect(message).toBe('Test answered 502 for model m: a web page: 502 Bad Gateway & more');
    expect(
      answered(500, '<html><style>a{}</style><body><p>Down for <b>repair</b></p></body>').message,
    ).toMatch(/a web page: Down for repair$/);
  });

  test('of a firewall is no reason to check the key', () => {
    const failure = answered(403, page('Attention Required! | Cloudflare'));
    expect(failure).toMatchObject({ code: 'PROVIDER_REFUSED', retryable: false });
    expect(failure.message).toMatch(/Cloudflare\. Something in front of models\.example\.org refused/);
    expect(failure.message).not.toMatch(/Check the key/);
  });
});

describe('a wrong address is told with its likely cure', () => {
  test.for([
    [
      'http://h:11434',
      '/chat/completions',
      /http:\/\/h:11434\/chat\/completions.*usually ends with \/v1 \(COMPATIBLE_BASE_URL\)/,
    ],
    ['http://h/v1/v1', '/chat/completions', /\/v1 is in the base URL twice/],
    ['http://h/v1/chat/completions', '/chat/completions', /Leave \/chat\/completions out of the base URL/],
    ['https://h/v1', '/v1/messages', /Leave \/v1 out of the base URL/],
    ['https://h/anthropic', '/v1/messages', /without \/v1/],
    ['https://h/api/v1', '/chat/completions', /Check the base URL/],
    [
      'https://h/v1beta/openai?api-version=1',
      '/chat/completions',
      /Asked was https:\/\/h\/v1beta\/openai\/chat\/completions\./,
    ],
  ] as const)('%s', ([baseUrl, path, words]) => {
    const url = new URL(baseUrl);
    url.pathname = url.pathname.replace(/\/$/, '') + path;
    const failure = failureOf(
      new HttpRefusal({ status: 404, headers: new Headers(), url: url.href, text: '404 page not found' }),
      false,
      { ...context, baseUrl },
    );
    expect(failure).toMatchObject({ reason: 'wrong_address', retryable: false });
    expect(failure.message).toMatch(words);
    expect(failure.message).not.toContain('api-version');
  });
});

describe('a socket that cannot be opened', () => {
  test.for([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', false, /NODE_EXTRA_CA_CERTS/],
    ['SELF_SIGNED_CERT_IN_CHAIN', false, /NODE_EXTRA_CA_CERTS/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', false, /NODE_EXTRA_CA_CERTS/],
    ['CERT_HAS_EXPIRED', false, /not valid/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', false, /http:\/\/ instead of https:\/\//],
    ['ECONNREFUSED', true, /could not be reached \(ECONNREFUSED\)/],
  ] as const)('%s', ([code, retryable, words]) => {
    const error = new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) });
    const failure = failureOf(error, false, context);
    expect(failure).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', retryable });
    expect(failure.message).toMatch(words);
  });
});
