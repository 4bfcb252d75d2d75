import { describe, expect, test } from 'vitest';

import { failureOf, failureOfBody } from '../../server/providers/provider-error.ts';
import { ProviderFailure } from '../../server/providers/provider.ts';

const context = {
  provider: 'OpenRouter',
  baseUrl: 'https://openrouter.ai/api/v1',
  model: 'some/model',
  apiKey: 'top-secret-0123',
  now: () => Date.UTC(2026, 0, 1),
};

describe('failureOfBody', () => {
  test.for([
    // As real servers say it; the words are theirs.
    [
      400,
      'This model’s maximum context length is 8192 tokens, however you requested 9000',
      'CONTEXT_TOO_LONG',
    ],
    [400, 'prompt is too long: 210000 tokens > 200000 maximum', 'CONTEXT_TOO_LONG'],
    [400, 'the request exceeds the available context size, try increasing it', 'CONTEXT_TOO_LONG'],
    [400, 'input length and `max_tokens` exceed context limit: 1 + 2 > 3', 'CONTEXT_TOO_LONG'],
    [413, 'Request exceeds the maximum size', 'CONTEXT_TOO_LONG'],
    [429, 'Request too large for gpt-5 on tokens per min (TPM): Limit 30000', 'PROVIDER_UNAVAILABLE'],
    [429, 'You exceeded your current quota, please check your plan and billing details.', 'PROVIDER_REFUSED'],
    [402, 'Insufficient credits', 'PROVIDER_REFUSED'],
    [400, 'Your credit balance is too low to access the API.', 'PROVIDER_REFUSED'],
    [408, 'Timed out', 'PROVIDER_UNAVAILABLE'],
    [502, 'Bad gateway', 'PROVIDER_UNAVAILABLE'],
    [404, "model 'llama9' not found", 'PROVIDER_REFUSED'],
  ] as const)('%i %s', ([status, message, code]) => {
    const failure = failureOfBody({ error: { message } }, context, { status });
    expect(failure.code).toBe(code);
    expect(failure.retryable).toBe(code === 'PROVIDER_UNAVAILABLE');
  });

  test.for([
    ['overloaded_error', 'PROVIDER_UNAVAILABLE'],
    ['api_error', 'PROVIDER_UNAVAILABLE'],
    ['rate_limit_error', 'PROVIDER_UNAVAILABLE'],
    ['timeout_error', 'PROVIDER_UNAVAILABLE'],
    ['server_error', 'PROVIDER_UNAVAILABLE'],
    ['something_new', 'PROVIDER_UNAVAILABLE'],
    ['invalid_request_error', 'PROVIDER_REFUSED'],
    ['invalid_prompt', 'PROVIDER_REFUSED'],
    ['bio_policy', 'PROVIDER_REFUSED'],
    ['authentication_error', 'PROVIDER_AUTH'],
  ] as const)('in mid-stream, %s', ([type, code]) => {
    const failure = failureOfBody({ type: 'error', error: { type, message: 'so it is' } }, context);
    expect(failure).toMatchObject({ code, retryable: code === 'PROVIDER_UNAVAILABLE' });
  });

  test('a numeric code is a status, and what the upstream said is told', () => {
    const error = { code: 502, message: 'Provider returned error', metadata: { raw: 'upstream is on fire' } };
    const failure = failureOfBody(error, context);
    expect(failure).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', retryable: true });
    expect(failure.message).toBe(
      'OpenRouter answered 502 for model some/model: Provider returned error upstream is on fire',
    );
  });

  test('a bare string and the request id are told', () => {
    const failure = failureOfBody({ error: 'model is loading' }, context, {
      status: 503,
      requestID: 'req_7',
    });
    expect(failure.message).toBe(
      'OpenRouter answered 503 for model some/model: model is loading (request req_7)',
    );
  });

  test('keys are taken out: ours, and what looks like one', () => {
    const failure = failureOfBody(
      { message: 'bad top-secret-0123, sk-proj-abcdef123, Bearer abc.def' },
      context,
    );
    expect(failure.message).toContain('bad [key], [key], Bearer [key]');
  });

  test('without a key, nothing is taken for one', () => {
    expect(failureOfBody({ message: 'none' }, { ...context, apiKey: '' }).message).toMatch(/: none$/);
  });

  test.for([
    [{ 'retry-after': '2.5' }, 2_500],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after-ms': '120', 'retry-after': '9' }, 120],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ] as const)('retry-after %o', ([headers, retryAfterMs]) => {
    const failure = failureOfBody({}, context, { status: 429, headers: new Headers(headers) });
    expect(failure.retryAfterMs).toBe(retryAfterMs);
  });
});

describe('failureOf', () => {
  test('a ProviderFailure stays itself', () => {
    const failure = new ProviderFailure('PROVIDER_STALLED', 'quiet', { retryable: true });
    expect(failureOf(failure, true, context)).toBe(failure);
  });

  test('a lost socket truncates an answer that had begun, and is unavailability before', () => {
    const socket = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
    const error = new TypeError('terminated', { cause: socket });
    expect(failureOf(error, true, context)).toMatchObject({ code: 'PROVIDER_TRUNCATED', retryable: true });
    expect(failureOf(error, true, context).message).toContain('UND_ERR_SOCKET');
    expect(failureOf(error, false, context)).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', retryable: true });
  });

  test('a defect is called one, with its cause', () => {
    const defect = new TypeError("cannot read properties of undefined (reading 'x')");
    expect(failureOf(defect, true, context)).toMatchObject({ code: 'INTERNAL', cause: defect });
  });
});
