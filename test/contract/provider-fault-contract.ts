import { describe, expect, test } from 'vitest';

import { collectAnswer, requestFor } from '../support/collect-answer.ts';
import type { ProviderFault, ProviderScript, ScriptError } from '../support/provider-script.ts';
import type { ProviderSubject } from './provider-contract.ts';
import { openSubject, testKey } from './provider-contract.ts';

const overloaded: ScriptError = { type: 'overloaded_error', message: 'Overloaded', code: 'server_error' };
const quota: ScriptError = {
  type: 'insufficient_quota',
  code: 'insufficient_quota',
  message: 'No money left.',
};

/** Every way in which a real provider is known to fail, and what must become of it. */
export function providerFaultContract(subject: ProviderSubject): void {
  async function answerTo(script: ProviderScript) {
    const { provider, server } = await openSubject(subject);
    server.enqueue(script);
    return collectAnswer(provider, requestFor('hello'));
  }

  describe(`${subject.name} breaks off in the middle`, () => {
    test.for(['truncate', 'cut-event', 'drop', 'error-field'] as const)(
      '%s: what was said stays, then PROVIDER_TRUNCATED',
      async (kind) => {
        const answer = await answerTo({ tokens: ['one ', 'two ', 'three'], fault: { kind, afterDeltas: 2 } });
        expect(answer).toMatchObject({ text: 'one two ', finishReason: undefined });
        expect(answer.failure).toMatchObject({ code: 'PROVIDER_TRUNCATED', retryable: true });
      },
    );

    test('before the first token, it is truncated all the same', async () => {
      const answer = await answerTo({ tokens: ['one'], fault: { kind: 'truncate', afterDeltas: 0 } });
      expect(answer).toMatchObject({ text: '', failure: { code: 'PROVIDER_TRUNCATED', retryable: true } });
    });

    test.for(['error-event', 'failed'] as const)('%s of an overload may be retried', async (kind) => {
      const answer = await answerTo({
        tokens: ['one ', 'two'],
        fault: { kind, afterDeltas: 1, error: overloaded },
      });
      expect(answer).toMatchObject({ text: 'one ', finishReason: undefined });
      expect(answer.failure).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', retryable: true });
    });

    test('a spent quota may not', async () => {
      const answer = await answerTo({
        tokens: ['one'],
        fault: { kind: 'error-event', afterDeltas: 0, error: quota },
      });
      expect(answer.failure).toMatchObject({ code: 'PROVIDER_REFUSED', retryable: false });
      expect(answer.failure?.message).toContain('No money left.');
    });

    test('usage told before it broke off is kept', async () => {
      const answer = await answerTo({
        tokens: ['one'],
        usage: { input: 42, output: 9 },
        fault: { kind: 'truncate', afterDeltas: 1 },
      });
      // Only Anthropic tells anything before the end.
      const partial = { inputTokens: 42, source: 'partial' };
      expect(answer).toMatchObject({ usage: subject.wire === 'messages' ? partial : undefined });
    });
  });

  describe(`${subject.name} refuses`, () => {
    test.for(['refusal', 'filter'] as const)('%s after the first words', async (finish) => {
      const answer = await answerTo({ tokens: ['Well, '], finish });
      expect(answer).toMatchObject({ text: 'Well, ', finishReason: undefined, usage: { source: 'final' } });
      expect(answer.failure).toMatchObject({ code: 'PROVIDER_REFUSED', retryable: false });
      expect(answer.failure?.message).toMatch(/test-model.*refused/);
    });
  });

  describe(`${subject.name} answers with an error`, () => {
    const cases: readonly [string, Omit<HttpFault, 'kind'>, object][] = [
      ['a rate limit', { status: 429, headers: { 'retry-after': '7' } }, unavailable(7_000)],
      ['a rate limit in ms', { status: 429, headers: { 'retry-after-ms': '1500' } }, unavailable(1_500)],
      ['an overload', { status: 529, body: bodyOf(subject, overloaded) }, unavailable(undefined)],
      ['a server error', { status: 500, body: '<html>oops</html>' }, unavailable(undefined)],
      ['a gateway timeout', { status: 504 }, unavailable(undefined)],
      ['a conflict', { status: 409 }, unavailable(undefined)],
      ['a wrong key', { status: 401 }, { code: 'PROVIDER_AUTH', retryable: false }],
      ['a forbidden key', { status: 403 }, { code: 'PROVIDER_AUTH', retryable: false }],
      ['a bad request', { status: 400 }, { code: 'PROVIDER_REFUSED', retryable: false }],
      [
        'a spent quota',
        { status: 429, body: bodyOf(subject, quota) },
        { code: 'PROVIDER_REFUSED', retryable: false },
      ],
      ['a redirect', { status: 307, headers: { location: 'https://x.test/' } }, { code: 'PROVIDER_REFUSED' }],
      [
        'a prompt that is too long',
        {
          status: 400,
          body: bodyOf(subject, {
            type: 'invalid_request_error',
            code: 'context_length_exceeded',
            message: 'prompt is too long: 210000 tokens > 200000 maximum',
          }),
        },
        { code: 'CONTEXT_TOO_LONG', retryable: false },
      ],
    ];
    test.for(cases)('%s', async ([, fault, expected]) => {
      const { provider, server } = await openSubject(subject);
      server.enqueue({ fault: { kind: 'http', ...fault } });
      const { failure } = await collectAnswer(provider, requestFor('hello'));
      expect(failure).toMatchObject(expected);
      expect(failure?.message).toContain(String(fault.status));
      // Nothing is retried behind our back.
      expect(server.requests).toHaveLength(1);
    });

    test('a retry-after that is a date', async () => {
      const headers = { 'retry-after': new Date(Date.now() + 30_000).toUTCString() };
      const { failure } = await answerTo({ fault: { kind: 'http', status: 503, headers } });
      expect(failure?.retryAfterMs).toBeGreaterThan(25_000);
      expect(failure?.retryAfterMs).toBeLessThanOrEqual(30_000);
    });

    test('an unknown model is named', async () => {
      const body = bodyOf(subject, { type: 'not_found_error', message: 'no such model' });
      const { failure } = await answerTo({ fault: { kind: 'http', status: 404, body } });
      expect(failure).toMatchObject({ code: 'PROVIDER_REFUSED', retryable: false });
      expect(failure?.message).toContain('test-model');
      expect(failure?.message).toContain('no such model');
    });

    test('the key is not in the message, and the message is short', async () => {
      const message = `key ${testKey} is wrong, Bearer ${testKey}. ${'x'.repeat(5_000)}`;
      const body = bodyOf(subject, { type: 'authentication_error', message });
      const { failure } = await answerTo({ fault: { kind: 'http', status: 401, body } });
      expect(failure?.code).toBe('PROVIDER_AUTH');
      expect(failure?.message).toContain('[key]');
      expect(failure?.message).not.toContain(testKey);
      expect(String(failure?.cause)).not.toContain(testKey);
      expect(failure?.message.length).toBeLessThanOrEqual(500);
    });
  });

  describe(`${subject.name} is not what it should be`, () => {
    test.for([
      ['text/html', '<!doctype html><title>Please log in</title>', 'Please log in'],
      ['text/event-stream', '<!doctype html><title>Please log in</title>', 'Please log in'],
      ['application/json', '{"name":"registry","version":2}', 'registry'],
      ['application/json', '"pong"', 'pong'],
    ] as const)('%s that is no answer of the API: %s', async ([contentType, body, excerpt]) => {
      const { provider, server } = await openSubject(subject);
      server.enqueue({ fault: { kind: 'document', contentType, body } });
      const { failure } = await collectAnswer(provider, requestFor('hello'));
      if (body.startsWith('"')) {
        expect(failure).toMatchObject({ code: 'PROVIDER_TRUNCATED', retryable: true });
      } else {
        expect(failure).toMatchObject({
          code: 'PROVIDER_UNAVAILABLE',
          retryable: false,
          reason: 'wrong_address',
        });
        expect(failure?.message).toContain(`${server.url}${server.requests[0]?.path}`);
      }
      expect(failure?.message).toContain(contentType);
      expect(failure?.message).toContain(excerpt);
    });

    test('a stream without an event', async () => {
      const { failure } = await answerTo({
        fault: { kind: 'document', contentType: 'text/plain', body: 'hi' },
      });
      expect(failure).toMatchObject({ code: 'PROVIDER_TRUNCATED', retryable: true });
      expect(failure?.message).toContain('text/plain');
    });

    test('nobody listens', async () => {
      const { provider, server } = await openSubject(subject);
      await server[Symbol.asyncDispose]();
      const { failure } = await collectAnswer(provider, requestFor('hello'));
      expect(failure).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', retryable: true });
      expect(failure?.message).toContain('ECONNREFUSED');
    });

    test('the headers do not come', async () => {
      const { provider, server } = await openSubject(subject, { headersTimeoutMs: 60 });
      server.enqueue({ fault: { kind: 'no-headers' } });
      const { failure } = await collectAnswer(provider, requestFor('hello'));
      expect(failure).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', retryable: true });
      expect(failure?.message).toContain('did not answer in time');
      expect((await (await server.request(1)).closed).whole).toBe(false);
    });
  });
}

type HttpFault = Extract<ProviderFault, { kind: 'http' }>;

function unavailable(retryAfterMs: number | undefined): object {
  return { code: 'PROVIDER_UNAVAILABLE', retryable: true, retryAfterMs };
}

/** Anthropic wraps its errors once more. */
function bodyOf(subject: ProviderSubject, error: ScriptError): unknown {
  return subject.wire === 'messages' ? { type: 'error', error } : { error };
}
