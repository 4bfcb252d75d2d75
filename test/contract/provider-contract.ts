import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, onTestFinished, test } from 'vitest';

import type { RemoteProvider } from '../../server/providers/remote-provider.ts';
import { collectAnswer, requestFor } from '../support/collect-answer.ts';
import type { ProviderScript, ProviderWire } from '../support/provider-script.ts';
import type { ProviderServer } from '../support/provider-server.ts';
import { createProviderServer } from '../support/provider-server.ts';

/** What the contract must know of a provider to try it. */
export interface ProviderSubject {
  readonly name: string;
  readonly wire: ProviderWire;
  create(options: SubjectOptions): RemoteProvider;
}

export interface SubjectOptions {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly headersTimeoutMs?: number;
  readonly trailerTimeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export const testKey = 'sk-test-0123456789abcdef';

/** A provider of the kind in question, and the server it talks to; both gone when the test is. */
export async function openSubject(
  subject: ProviderSubject,
  options: Partial<SubjectOptions> = {},
): Promise<{ provider: RemoteProvider; server: ProviderServer }> {
  const server = await createProviderServer();
  const provider = subject.create({ baseUrl: server.baseUrl(subject.wire), apiKey: testKey, ...options });
  onTestFinished(async () => {
    await provider.close();
    await server[Symbol.asyncDispose]();
  });
  return { provider, server };
}

/** What a stream of every remote provider must do, whole. The faults are in `provider-fault-contract`. */
export function providerContract(subject: ProviderSubject): void {
  async function answerTo(script: ProviderScript) {
    const { provider, server } = await openSubject(subject);
    server.enqueue(script);
    return collectAnswer(provider, requestFor('hello'));
  }

  describe(`${subject.name} streams an answer`, () => {
    test('text, reasoning, final usage and finish come in order', async () => {
      const { provider, server } = await openSubject(subject);
      server.enqueue({
        reasoning: ['Let me ', 'think.'],
        tokens: ['Hel', 'lo, ', 'world.'],
        usage: { input: 30, output: 12, reasoning: 4, cached: 8 },
      });
      const order: string[] = [];
      const answer = await collectAnswer(provider, requestFor('hello'), {
        onEvent: (event) => {
          if (event.type === 'text' || event.type === 'reasoning') order.push(`${event.type}: ${event.text}`);
        },
      });
      expect(answer).toMatchObject({
        text: 'Hello, world.',
        reasoning: 'Let me think.',
        usage: {
          inputTokens: 30,
          outputTokens: 12,
          reasoningTokens: 4,
          cachedInputTokens: 8,
          source: 'final',
        },
        finishReason: 'stop',
        failure: undefined,
      });
      // Those that arrive together are one event.
      const said = order.join('|');
      expect(said.replaceAll(/\|(?:text|reasoning): /g, '')).toBe('reasoning: Let me think.Hello, world.');
      expect(said).toMatch(/^(?:reasoning: [^|]*\|)+(?:text: [^|]*\|?)+$/);
    });

    test('the wire is told: headers once and first, then bytes', async () => {
      const { wire } = await answerTo({ tokens: ['a', 'b', 'c'], pace: { tokenMs: 3 } });
      expect(wire[0]).toBe('headers');
      expect(wire.filter((kind) => kind === 'headers')).toHaveLength(1);
      expect(wire.length).toBeGreaterThanOrEqual(4);
    });

    test('a length limit and another stop are told apart', async () => {
      expect(await answerTo({ tokens: ['cut'], finish: 'length' })).toMatchObject({ finishReason: 'length' });
      const tool = await answerTo({ tokens: ['tool'], finish: 'tool' });
      // The Responses API has no word for it: an answer with a function call is a completed one.
      expect(tool.finishReason).toBe(subject.wire === 'responses' ? 'stop' : 'other');
    });

    test.for([
      ['stop', { retryable: true, reason: 'empty' }, /returned an empty answer.*finish reason/],
      ['tool', { retryable: true, reason: 'tool_call' }, /called (?:a|the) tool/],
      ['length', { retryable: false, reason: 'output_limit' }, /all its 77 output tokens on reasoning/],
    ] as const)('without text is none, and says why: %s', async ([finish, failure, words]) => {
      const usage = { input: 10, output: 77, reasoning: 70 };
      const answer = await answerTo({ tokens: [], reasoning: ['Hm.'], finish, usage });
      expect(answer).toMatchObject({ text: '', finishReason: undefined, usage: { outputTokens: 77 } });
      expect(answer.failure).toMatchObject({ code: 'OUTPUT_INVALID', ...failure });
      expect(answer.failure?.message).toMatch(words);
    });

    test('that adds nothing to what was kept is complete', async () => {
      const { provider, server } = await openSubject(subject);
      server.enqueue({ tokens: [] });
      const request = requestFor('go on');
      const answer = await collectAnswer(provider, {
        ...request,
        rehearsal: { ...request.rehearsal, keptText: 'All.' },
      });
      expect(answer).toMatchObject({ text: '', finishReason: 'stop', failure: undefined });
    });

    test('an answer without usage is complete, and none is made up', async () => {
      const answer = await answerTo({ tokens: ['x'], usage: null });
      expect(answer).toMatchObject({ finishReason: 'stop', usages: [] });
    });

    test.for([
      ['CRLF', { crlf: true }],
      ['comments or pings before every event', { comments: true }],
      ['one byte at a time', { pieceBytes: 1 }],
      ['three bytes at a time with CRLF', { pieceBytes: 3, crlf: true }],
      ['everything in one write', { oneWrite: true }],
      ['no [DONE]', { withoutDone: true }],
    ] as const)('%s changes nothing', async ([, framing]) => {
      const answer = await answerTo({ tokens: ['Grüße ', '漢字 ', '👩‍💻', '\r\n'], reasoning: ['é'], framing });
      expect(answer).toMatchObject({ text: 'Grüße 漢字 👩‍💻\r\n', reasoning: 'é', finishReason: 'stop' });
    });

    test('an end that does not come does not hold a complete answer back', async () => {
      const { provider, server } = await openSubject(subject, { trailerTimeoutMs: 50 });
      const whole = await wholeStream(subject);
      server.enqueue({ fault: { kind: 'raw', body: whole, open: true } });
      const answer = await collectAnswer(provider, requestFor('hello'));
      expect(answer).toMatchObject({ text: 'Hello, world.', finishReason: 'stop' });
      expect((await (await server.request(1)).closed).whole).toBe(false);
    });
  });

  describe(`${subject.name} is aborted`, () => {
    test('in the middle: it ends silently, says no more, and the socket is closed within 100 ms', async () => {
      const { provider, server } = await openSubject(subject);
      server.enqueue({ tokens: Array.from({ length: 200 }, (_, i) => `${i} `), pace: { tokenMs: 5 } });
      const abort = new AbortController();
      let abortedAtMs = 0;
      let said = '';
      let saidAtAbort = '';
      const answer = await collectAnswer(provider, requestFor('hello'), {
        signal: abort.signal,
        onEvent: (event) => {
          if (event.type !== 'text') return;
          said += event.text;
          if (!said.startsWith('0 1 2 3 4 5 ') || abort.signal.aborted) return;
          abortedAtMs = performance.now();
          abort.abort();
          saidAtAbort = said;
        },
      });
      expect(saidAtAbort).not.toBe('');
      expect(answer).toMatchObject({ text: saidAtAbort, finishReason: undefined, failure: undefined });
      const { atMs, whole } = await (await server.request(1)).closed;
      expect(whole).toBe(false);
      expect(atMs - abortedAtMs, 'timing: from the abort to the closed request').toBeLessThan(100);
    });

    test('with 200 tokens in the buffer: no event follows', async () => {
      const { provider, server } = await openSubject(subject);
      const tokens = Array.from({ length: 200 }, (_, i) => `${i} `);
      server.enqueue({ tokens, framing: { oneWrite: true } });
      const abort = new AbortController();
      let first = '';
      const answer = await collectAnswer(provider, requestFor('hello'), {
        signal: abort.signal,
        onEvent: (event) => {
          if (event.type !== 'text') return;
          first ||= event.text;
          abort.abort();
        },
      });
      expect(answer).toMatchObject({ text: first, finishReason: undefined, failure: undefined });
      expect(first).toMatch(/^0 /);
      expect(first.length).toBeLessThanOrEqual(256);
    });

    test('before the headers: the server sees it at once', async () => {
      const { provider, server } = await openSubject(subject);
      server.enqueue({ fault: { kind: 'no-headers' } });
      const abort = new AbortController();
      const collecting = collectAnswer(provider, requestFor('hello'), { signal: abort.signal });
      const seen = await server.request(1);
      const abortedAtMs = performance.now();
      abort.abort();
      expect(await collecting).toMatchObject({ text: '', finishReason: undefined, failure: undefined });
      expect(
        (await seen.closed).atMs - abortedAtMs,
        'timing: from the abort to the closed request',
      ).toBeLessThan(100);
    });

    test('while it stalls: it ends at once', async () => {
      const { provider, server } = await openSubject(subject);
      server.enqueue({ tokens: ['a', 'b'], fault: { kind: 'stall', afterDeltas: 2 } });
      const abort = new AbortController();
      const answer = await collectAnswer(provider, requestFor('hello'), {
        signal: abort.signal,
        onEvent: (event) => {
          if (event.type === 'text' && event.text.endsWith('b')) setImmediate(() => abort.abort());
        },
      });
      expect(answer).toMatchObject({ text: 'ab', finishReason: undefined, failure: undefined });
    });

    test('before it begins: nothing is asked', async () => {
      const { provider, server } = await openSubject(subject);
      const answer = await collectAnswer(provider, requestFor('hello'), { signal: AbortSignal.abort() });
      expect(answer).toMatchObject({ text: '', finishReason: undefined, failure: undefined });
      expect(server.requests).toHaveLength(0);
    });

    test('by leaving the loop: the socket is closed', async () => {
      const { provider, server } = await openSubject(subject);
      server.enqueue({ tokens: ['a', 'b', 'c'], fault: { kind: 'stall', afterDeltas: 3 } });
      const call = { signal: new AbortController().signal, onWire: () => undefined };
      for await (const event of provider.stream(requestFor('hello'), call)) if (event.type === 'text') break;
      expect((await (await server.request(1)).closed).whole).toBe(false);
    });
  });

  describe(`${subject.name} has connections`, () => {
    test('a second call uses the first one’s connection', async () => {
      const { provider, server } = await openSubject(subject);
      await collectAnswer(provider, requestFor('one'));
      // The socket is free for the next call a few turns after its last byte was read; nothing says when.
      await sleep(20);
      await collectAnswer(provider, requestFor('two'));
      expect(server.requests).toHaveLength(2);
      expect(server.connections).toBe(1);
    });

    test('closing ends a call under way', async () => {
      const { provider, server } = await openSubject(subject);
      server.enqueue({ tokens: ['a'], fault: { kind: 'stall', afterDeltas: 1 } });
      const answer = await collectAnswer(provider, requestFor('hello'), {
        onEvent: (event) => {
          if (event.type === 'text') void provider.close();
        },
      });
      expect(answer.failure).toMatchObject({ code: 'PROVIDER_TRUNCATED', retryable: true });
    });
  });
}

/** The bytes of a healthy answer, as the subject's own API sends them. */
async function wholeStream(subject: ProviderSubject): Promise<Uint8Array> {
  await using server = await createProviderServer();
  const path = { messages: '/v1/messages', responses: '/v1/responses', chat: '/v1/chat/completions' }[
    subject.wire
  ];
  const response = await fetch(server.url + path, { method: 'POST', body: '{"model":"test-model"}' });
  return new Uint8Array(await response.arrayBuffer());
}
