import { describe } from 'vitest';
import { data, failure, named, refused } from '../support/wire-bodies.ts';
import type { WireCase } from '../support/wire-case.ts';
import { testWireCases } from '../support/wire-tests.ts';

type Headers = Readonly<Record<string, string>>;
const within = (ms: number, slackMs = 3000): readonly [number, number] => [ms, ms + slackMs];
/** Come back, nobody says when. */
const again = (name: string, body: unknown, status = 429): WireCase => ({
  name,
  answer: refused(status, body),
  right: { ends: 'failed', code: 'PROVIDER_UNAVAILABLE', reason: 'rate_limit', retryable: true },
});
/** Nothing helps today: the account, the day, or a wait that is too long. */
const stops = (
  name: string,
  body: unknown,
  more: { readonly status?: number; readonly headers?: Headers } = {},
): WireCase => ({
  name,
  answer: refused(more.status ?? 429, body, more.headers),
  right: { ends: 'failed', reason: ['quota', 'wait_too_long'], retryable: false, calls: 1 },
});
const google = (message: string, ...details: readonly unknown[]) => ({
  error: { code: 429, message, status: 'RESOURCE_EXHAUSTED', details },
});
const retryIn = (retryDelay: string) => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });
const spent = 'You exceeded your current quota, please check your plan and billing details.';
const inMs = (ms: number) => Date.now() + ms;

const kinds: readonly WireCase[] = [
  again('Zhipu 1302: too often (jetbrains-cc-gui#897)', {
    error: { code: '1302', message: '您的账户已达到速率限制，请您控制请求频率' },
    request_id: '1',
  }),
  again('Zhipu 1305: the model is too busy', {
    error: { code: '1305', message: '该模型当前访问量过大，请您稍后再试' },
    request_id: '1',
  }),
  stops('Zhipu 1113: no balance (continue#11823)', {
    error: { code: '1113', message: '余额不足或无可用资源包,请充值。' },
  }),
  stops('Zhipu 1308: five hours, until a date (dirge#818)', {
    error: { code: '1308', message: '已达到 5 小时的使用上限。您的限额将在 2030-08-25 07:41:44 重置。' },
  }),
  again(
    'Vertex: exhausted, later',
    google(
      'Resource exhausted. Please try again later. Please refer to https://cloud.google.com/vertex-ai/generative-ai/docs/error-code-429 for more details.',
    ),
  ),
  again('Gemini: check quota (python-genai#2065)', google('Resource has been exhausted (e.g. check quota).')),
  again(
    'Gemini: the same in two envelopes (gemini-cli#14811)',
    failure(
      '{\n  "error": {\n    "code": 429,\n    "message": "Resource has been exhausted (e.g. check quota).",\n    "status": "RESOURCE_EXHAUSTED"\n  }\n}\n',
      { code: 429, status: 'Too Many Requests' },
    ),
  ),
  again(
    'Vertex: a quota per minute in words',
    google(
      'Quota exceeded for aiplatform.googleapis.com/generate_content_requests_per_minute_per_project_per_base_model with base model: gemini-pro. Please submit a quota increase request. https://cloud.google.com/vertex-ai/docs/generative-ai/quotas-genai.',
    ),
  ),
  stops(
    'Gemini CLI: a quota per day in words (gemini-cli#10513)',
    google(
      "Quota exceeded for quota metric 'Gemini 2.5 Pro Requests' and limit 'Gemini 2.5 Pro Requests per day per user per tier' of service 'cloudcode-pa.googleapis.com'.",
    ),
  ),
  again(
    'Gemini CLI: no capacity (gemini-cli#27548)',
    google('No capacity available for model gemini-3.1-flash-lite on the server'),
  ),
  again('Mistral: capacity exceeded (continue#6185)', {
    object: 'error',
    message: 'Service tier capacity exceeded for this model.',
    type: 'invalid_request_error',
    param: null,
    code: null,
  }),
  again('Mistral: rate limit', {
    object: 'error',
    message: 'Rate limit exceeded',
    type: 'rate_limited',
    param: null,
    code: '1300',
    raw_status_code: 429,
  }),
  again('Bedrock: too many tokens is no long prompt (claude-code#1466)', {
    message: 'Too many tokens, please wait before trying again.',
  }),
  stops('Bedrock: too many tokens per day', {
    message: 'Too many tokens per day, please wait before trying again.',
  }),
  again(
    'Bedrock gateway: throttled, as 400',
    failure(
      'An error occurred (ThrottlingException) when calling the ConverseStream operation: Too many requests, please wait before trying again.',
    ),
    400,
  ),
  stops(
    'OpenRouter: free models per day (openclaude#936)',
    failure(
      'Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day',
      {
        code: 429,
        metadata: {
          headers: {
            'X-RateLimit-Limit': '50',
            'X-RateLimit-Remaining': '0',
            'X-RateLimit-Reset': String(inMs(9 * 3_600_000)),
          },
        },
      },
    ),
  ),
  stops(
    'OpenRouter: free models per day, by a gateway (openclaude#1549)',
    failure('Rate limit exceeded: free-models-per-day-high-balance.', {
      type: 'rate_limit_error',
      code: '429',
    }),
  ),
  again(
    'OpenRouter: free models per minute',
    failure('Rate limit exceeded: free-models-per-min. ', { code: 429 }),
  ),
  stops(
    'Moonshot: no balance',
    failure('You exceeded your current token quota: 0, please check your account balance', {
      type: 'exceeded_current_quota_error',
    }),
  ),
  stops(
    'DeepSeek: 402',
    failure('Insufficient Balance', { type: 'unknown_error', code: 'invalid_request_error' }),
    { status: 402 },
  ),
  stops(
    'OpenAI: a spent account',
    failure(spent, { type: 'insufficient_quota', param: null, code: 'insufficient_quota' }),
  ),
  again(
    'DashScope: requests',
    failure('Requests rate limit exceeded, please try again later.', {
      type: 'limit_requests',
      code: 'limit_requests',
    }),
  ),
  again(
    '503 with rate limit words',
    failure('Rate limit exceeded, try later', { type: 'rate_limit_exceeded' }),
    503,
  ),
  stops(
    'SiliconFlow: 403, no balance',
    { code: 30001, message: 'Sorry, your account balance is insufficient', data: null },
    { status: 403 },
  ),
  {
    name: 'OpenAI: a request larger than a minute’s tokens never fits (climb#1)',
    answer: refused(
      429,
      failure(
        'Request too large for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Requested 30601. The input or output tokens must be reduced in order to run successfully.',
        { type: 'tokens', code: 'rate_limit_exceeded' },
      ),
    ),
    right: { ends: 'failed', reason: 'quota', retryable: false },
  },
  {
    name: 'Groq: the same as 413',
    answer: refused(
      413,
      failure(
        'Request too large for model `llama-3.1-8b-instant` in organization `org_1` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 9043, please reduce your message size and try again.',
        { type: 'tokens', code: 'rate_limit_exceeded' },
      ),
    ),
    right: { ends: 'failed', code: 'CONTEXT_TOO_LONG', retryable: false },
  },
];

const anthropic = (
  name: string,
  status: number,
  error: unknown,
  right: WireCase['right'],
  headers: Headers = {},
): WireCase => ({
  name,
  via: 'anthropic',
  answer: refused(status, { type: 'error', error, request_id: 'req_1' }, headers),
  right,
});
const quota = { ends: 'failed', reason: 'quota', code: 'PROVIDER_REFUSED', retryable: false } as const;
const limited = {
  ends: 'failed',
  reason: 'rate_limit',
  code: 'PROVIDER_UNAVAILABLE',
  retryable: true,
} as const;

const otherWires: readonly WireCase[] = [
  anthropic(
    'Anthropic: the limit of the account, as 400 (claude-code#38035)',
    400,
    {
      type: 'invalid_request_error',
      message:
        'You have reached your specified API usage limits. You will regain access on 2030-04-01 at 00:00 UTC.',
    },
    quota,
  ),
  anthropic(
    'Zhipu’s Anthropic endpoint: 1113 (claude-code#9201)',
    429,
    { type: '1113', message: 'Insufficient balance or no resource package. Please recharge.' },
    quota,
  ),
  anthropic(
    'Anthropic: long context wants extra usage (claude-code#29584)',
    429,
    { type: 'rate_limit_error', message: 'Extra usage is required for long context requests.' },
    { ends: 'failed', retryable: false },
  ),
  anthropic(
    'Anthropic: the account’s rate',
    429,
    {
      type: 'rate_limit_error',
      message: "This request would exceed your account's rate limit. Please try again later.",
    },
    limited,
  ),
  anthropic(
    'Anthropic: a date in its own headers',
    429,
    { type: 'rate_limit_error', message: 'Number of request tokens has exceeded your per-minute rate limit' },
    { ...limited, waitMs: [5000, 26_000] },
    {
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': new Date(inMs(25_000)).toISOString(),
      'anthropic-ratelimit-requests-remaining': '49',
      'anthropic-ratelimit-requests-reset': new Date(inMs(3_600_000)).toISOString(),
    },
  ),
  anthropic(
    'Anthropic: too low a credit balance',
    400,
    {
      type: 'invalid_request_error',
      message:
        'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
    },
    quota,
  ),
  {
    name: 'OpenAI Responses: a limit in the stream, in words',
    via: 'openai',
    answer: {
      body: named({
        type: 'response.failed',
        response: {
          id: 'r',
          status: 'failed',
          error: {
            code: 'rate_limit_exceeded',
            message:
              'Rate limit reached for gpt-5 on tokens per min (TPM): Limit 30000, Used 29000, Requested 3000. Please try again in 4s.',
          },
          output: [],
        },
      }),
    },
    right: { ...limited, waitMs: within(4000) },
  },
  {
    name: 'a limit in the stream of chat, with RetryInfo',
    answer: { body: data(google(spent, retryIn('3s'))) },
    right: { ...limited, waitMs: within(3000) },
  },
];

describe('rate limits and quotas', () => {
  testWireCases([...kinds, ...otherWires]);
});
