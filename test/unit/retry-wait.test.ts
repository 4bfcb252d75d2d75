import { describe, expect, test } from 'vitest';

import { failureOfBody } from '../../server/providers/provider-error.ts';
import { answered, context } from '../support/refused-call.ts';

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
      /wait of 36 min, longer than the maximum of 60 s/,
    ],
    ['in words', 429, limited('Please try again in 2m30s.'), {}, /wait of 2\.5 min/],
    ['a header', 429, limited('slow'), { 'x-ratelimit-reset-requests': '6m0s' }, /wait of 6 min/],
    ['hours', 429, limited('try again in 5 hours'), {}, /wait of 5 h/],
    ['an outage', 503, limited('down'), { 'retry-after': '3600' }, /wait of 60 min/],
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
