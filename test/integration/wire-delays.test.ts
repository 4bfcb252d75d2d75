import { describe } from 'vitest';
import { failure, refused } from '../support/wire-bodies.ts';
import type { WireCase } from '../support/wire-case.ts';
import { testWireCases } from '../support/wire-tests.ts';

type Headers = Readonly<Record<string, string>>;
const within = (ms: number, slackMs = 3000): readonly [number, number] => [ms, ms + slackMs];
/** Wait so long, in milliseconds. */
const waits = (name: string, ms: number, body: unknown, headers: Headers = {}): WireCase => ({
  name,
  answer: refused(429, body, headers),
  right: {
    ends: 'failed',
    code: 'PROVIDER_UNAVAILABLE',
    reason: 'rate_limit',
    retryable: true,
    waitMs: within(ms),
  },
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
const violations = (...quotaIds: readonly string[]) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: quotaIds.map((quotaId) => ({
    quotaMetric: 'generativelanguage.googleapis.com/generate_content_free_tier_requests',
    quotaId,
  })),
});
const retryIn = (retryDelay: string) => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });
const spent = 'You exceeded your current quota, please check your plan and billing details.';
const inMs = (ms: number) => Date.now() + ms;

const cases: readonly WireCase[] = [
  waits(
    'Groq: tokens per minute, in words',
    1985,
    failure(
      'Rate limit reached for model `llama-3.3-70b-versatile` in organization `org_1` service tier `on_demand` on tokens per minute (TPM): Limit 12000, Used 2542, Requested 9855. Please try again in 1.984999999s. Need more tokens? Upgrade to Dev Tier today at https://console.groq.com/settings/billing',
      { type: 'tokens', code: 'rate_limit_exceeded' },
    ),
  ),
  stops(
    'Groq: tokens per day, 9m38s (continue#10920)',
    failure(
      'Rate limit reached for model `llama-3.3-70b-versatile` in organization `org_1` service tier `on_demand` on tokens per day (TPD): Limit 100000, Used 97050, Requested 3619. Please try again in 9m38.016s. Need more tokens%3F Upgrade to Dev Tier today at https://console.groq.com/settings/billing',
      { type: 'tokens', code: 'rate_limit_exceeded' },
    ),
  ),
  stops(
    'Groq: 1m47.5854s of no named limit (stockbot#46)',
    failure(
      'Rate limit reached for model `llama3-70b-8192` on : Limit 500000, Used 500370, Requested 252. Please try again in 1m47.5854s.',
    ),
  ),
  waits(
    'OpenAI: 120ms',
    120,
    failure(
      'Rate limit reached for gpt-4o on requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in 120ms.',
      { code: 'rate_limit_exceeded', type: 'requests' },
    ),
  ),
  waits(
    'Azure: after 9 seconds (sample-app-aoai#406)',
    9000,
    failure(
      'Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-05-01-preview have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 9 seconds. Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.',
      { code: '429' },
    ),
  ),
  stops(
    'Azure: after 86400 seconds (TinyLLM#17)',
    failure(
      "litellm.RateLimitError: AzureException RateLimitError - Error code: 429 - {'error': {'code': '429', 'message': 'Requests to the ChatCompletions_Create Operation have exceeded token rate limit of your current AIServices S0 pricing tier. Please retry after 86400 seconds.'}}",
      { type: 'throttling_error', code: '429' },
    ),
  ),
  waits(
    'Moonshot: after 1 seconds',
    1000,
    failure(
      'Your account org-1 <ak-1> request reached organization max RPM: 3, please try again after 1 seconds',
      { type: 'rate_limit_reached_error' },
    ),
  ),
  waits(
    'GitHub Models: 15 per 60s',
    3000,
    failure(
      'Rate limit of 15 per 60s exceeded for UserByModelByMinute. Please wait 3 seconds before retrying.',
      { code: 'RateLimitReached' },
    ),
  ),
  stops(
    'GitHub Models: 50 per 86400s',
    failure(
      'Rate limit of 50 per 86400s exceeded for UserByModelByDay. Please wait 41826 seconds before retrying.',
      { code: 'RateLimitReached' },
    ),
  ),
  waits(
    'Gemini: RetryInfo per minute',
    26_000,
    google(spent, violations('GenerateRequestsPerMinutePerProjectPerModel-FreeTier'), retryIn('26s')),
  ),
  waits('Gemini: the delay with many digits', 14_123, google(`${spent} Please retry in 14.122539s.`)),
  waits(
    'Gemini behind LiteLLM: bytes in a sentence',
    26_000,
    failure(
      `litellm.RateLimitError: litellm.RateLimitError: geminiException - b'${JSON.stringify(google(spent, retryIn('26s')))}'`,
      { type: 'throttling_error', code: '429' },
    ),
  ),
  waits('Gemini in a list', 2000, [google(spent, retryIn('2s'))]),
  waits('Gemini: a delay of two units', 2500, google(spent, retryIn('2.500s'))),
  stops(
    'Gemini: per minute and per day at once, with a delay (gemini-cli#8437)',
    google(
      spent,
      violations(
        'GenerateContentInputTokensPerModelPerMinute-FreeTier',
        'GenerateRequestsPerMinutePerProjectPerModel-FreeTier',
        'GenerateRequestsPerDayPerProjectPerModel-FreeTier',
      ),
      retryIn('26s'),
    ),
  ),
  waits('a header in milliseconds goes before one in seconds', 1500, failure('slow down'), {
    'retry-after-ms': '1500',
    'retry-after': '2',
  }),
  waits('a header with a fraction', 1500, failure('slow down'), { 'retry-after': '1.5' }),
  {
    name: 'a header with a date',
    answer: refused(429, failure('slow down'), { 'retry-after': new Date(inMs(50_000)).toUTCString() }),
    right: { ends: 'failed', reason: 'rate_limit', retryable: true, waitMs: [10_000, 51_000] },
  },
  waits('OpenAI: only the requests are used up', 1000, failure('Rate limit reached'), {
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '1s',
    'x-ratelimit-remaining-tokens': '9000',
    'x-ratelimit-reset-tokens': '6m0s',
  }),
  waits('Groq: only the tokens are used up', 7660, failure('Rate limit reached'), {
    'x-ratelimit-limit-requests': '14400',
    'x-ratelimit-remaining-requests': '14370',
    'x-ratelimit-reset-requests': '2m59.56s',
    'x-ratelimit-remaining-tokens': '0',
    'x-ratelimit-reset-tokens': '7.66s',
  }),
  waits('Chinese words', 5000, failure('请求过于频繁，请在 5 秒后重试')),
  waits('German words', 4000, failure('Zu viele Anfragen. Bitte versuchen Sie es in 4 Sekunden erneut.')),
  waits('French words', 4000, failure('Trop de requêtes. Veuillez réessayer dans 4 secondes.')),
  waits('Spanish words', 4000, failure('Demasiadas solicitudes. Inténtelo de nuevo en 4 segundos.')),
  waits('Japanese words', 4000, failure('レート制限に達しました。4秒後に再試行してください。')),
];

describe('how long a provider wants to be left alone', () => {
  testWireCases(cases);
});
