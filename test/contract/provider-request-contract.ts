import { describe, expect, test, vi } from 'vitest';

import type { ProviderRequest } from '../../server/providers/provider.ts';
import { collectAnswer, requestFor } from '../support/collect-answer.ts';
import type { ProviderScript } from '../support/provider-script.ts';
import type { ProviderSubject } from './provider-contract.ts';
import { createProviderServer } from '../support/provider-server.ts';
import { openSubject, testKey } from './provider-contract.ts';

const json: NonNullable<ProviderRequest['json']> = {
  name: 'review',
  schema: { type: 'object', properties: { verdict: { type: 'string' } }, additionalProperties: false },
};

const badRequest = (message: string): ProviderScript => ({
  fault: { kind: 'http', status: 400, body: { error: { type: 'invalid_request_error', message } } },
});

/** What every provider asks for, of whom, and with which key. */
export function providerRequestContract(subject: ProviderSubject): void {
  async function ask(more: Partial<ProviderRequest>, ...scripts: readonly ProviderScript[]) {
    const { provider, server } = await openSubject(subject);
    server.enqueue(...scripts);
    const answer = await collectAnswer(provider, requestFor('hello', more));
    return { answer, provider, server, bodies: server.requests.map((request) => request.body) };
  }

  describe(`${subject.name} asks`, () => {
    test('for a stream, with the whole conversation and no sampling parameter', async () => {
      const { bodies } = await ask({
        messages: [
          { role: 'user', text: 'Write.' },
          { role: 'assistant', text: 'I began' },
          { role: 'user', text: 'Go on.' },
        ],
      });
      const body = bodies[0] ?? {};
      const conversation = [
        { role: 'user', content: 'Write.' },
        { role: 'assistant', content: 'I began' },
        { role: 'user', content: 'Go on.' },
      ];
      expect(body).toMatchObject({ model: 'test-model', stream: true });
      for (const name of ['temperature', 'top_p', 'top_k', 'tools']) expect(body).not.toHaveProperty(name);
      expect(body).toMatchObject(
        {
          messages: {
            system: 'You are a test.',
            messages: conversation,
            max_tokens: 32_000,
            thinking: { type: 'adaptive', display: 'summarized' },
          },
          responses: {
            instructions: 'You are a test.',
            input: conversation,
            store: false,
            reasoning: { summary: 'auto' },
          },
          chat: {
            messages: [{ role: 'system', content: 'You are a test.' }, ...conversation],
            stream_options: { include_usage: true },
          },
        }[subject.wire],
      );
    });

    test('its own host with its own key, whatever the environment says', async () => {
      for (const [name, value] of Object.entries({
        OPENAI_API_KEY: 'sk-of-the-environment',
        OPENAI_ADMIN_KEY: 'sk-admin-of-the-environment',
        OPENAI_ORG_ID: 'org-of-the-environment',
        OPENAI_PROJECT_ID: 'project-of-the-environment',
        OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
        OPENAI_LOG: 'debug',
        ANTHROPIC_API_KEY: 'sk-ant-of-the-environment',
        ANTHROPIC_AUTH_TOKEN: 'token-of-the-environment',
        ANTHROPIC_BASE_URL: 'http://127.0.0.1:9',
        ANTHROPIC_LOG: 'debug',
      })) {
        vi.stubEnv(name, value);
      }
      const printed = vi.spyOn(console, 'debug');
      try {
        const { server, answer } = await ask({});
        expect(answer.finishReason).toBe('stop');
        const headers = server.requests[0]?.headers ?? {};
        expect(headers.authorization).toBe(`Bearer ${testKey}`);
        expect(JSON.stringify([headers, server.requests[0]?.body])).not.toContain('environment');
        for (const name of ['openai-organization', 'openai-project', 'x-api-key']) {
          expect(headers).not.toHaveProperty(name);
        }
        expect(printed).not.toHaveBeenCalled();
      } finally {
        printed.mockRestore();
        vi.unstubAllEnvs();
      }
    });

    test('nobody else’s server while the environment holds custom headers', () => {
      vi.stubEnv(
        subject.wire === 'messages' ? 'ANTHROPIC_CUSTOM_HEADERS' : 'OPENAI_CUSTOM_HEADERS',
        'X-Secret: 1',
      );
      try {
        expect(() => subject.create({ baseUrl: 'https://models.example.org/v1', apiKey: testKey })).toThrow(
          /_CUSTOM_HEADERS is set.*models\.example\.org/,
        );
      } finally {
        vi.unstubAllEnvs();
      }
    });

    test('with the headers that are configured, whose values no error repeats', async () => {
      const headers = { 'api-key': 'h3ader-secret-value', 'x-tenant': 'a' };
      await using server = await createProviderServer();
      await using provider = subject.create({
        baseUrl: server.baseUrl(subject.wire),
        apiKey: testKey,
        headers,
      });
      server.enqueue(badRequest('h3ader-secret-value is not yours'));
      const { failure } = await collectAnswer(provider, requestFor('hello'));
      expect(server.requests[0]?.headers).toMatchObject(headers);
      expect(failure?.message).toContain('[key] is not yours');
    });

    test.skipIf(subject.wire === 'messages')(
      'with the query of the base URL, which no error repeats',
      async () => {
        await using server = await createProviderServer();
        const baseUrl = `${server.baseUrl(subject.wire)}?api-version=2025-04-01`;
        await using provider = subject.create({ baseUrl, apiKey: testKey });
        server.enqueue({ fault: { kind: 'document', contentType: 'text/html', body: '<html>' } });
        const { failure } = await collectAnswer(provider, requestFor('hello'));
        await provider.listModels();
        expect(server.requests.map(({ path }) => path.replace(/.*\?/, '?'))).toEqual([
          '?api-version=2025-04-01',
          '?api-version=2025-04-01',
        ]);
        expect(failure?.message).toContain('Requested URL: http');
        expect(failure?.message).not.toContain('api-version');
      },
    );

    test('for the models it has', async () => {
      const { provider, server } = await openSubject(subject);
      expect(await provider.listModels()).toEqual(['test-model']);
      expect(server.requests[0]).toMatchObject({ path: expect.stringContaining('/v1/models') });
      expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${testKey}`);
    });

    test('for the models it has, and gives up at the deadline', async () => {
      const { provider, server } = await openSubject(subject);
      server.holdModels();
      await expect(provider.listModels({ timeoutMs: 40 })).rejects.toMatchObject({
        code: 'PROVIDER_UNAVAILABLE',
        message: expect.stringContaining('longer than 40 ms'),
      });
    });
  });

  describe(`${subject.name} asks for JSON`, () => {
    const formOf = (body: Readonly<Record<string, unknown>> | undefined) =>
      JSON.stringify(body).match(/"type":"(json_schema|json_object)"/)?.[1] ?? 'plain';
    const forms =
      subject.wire === 'messages' ? ['json_schema', 'plain'] : ['json_schema', 'json_object', 'plain'];
    const refusals = forms.slice(1).map((form) => badRequest(`not supported, try ${form}`));

    test('by its schema, in the field of its API', async () => {
      const { bodies } = await ask({ json });
      expect(bodies[0]).toMatchObject(
        {
          messages: { output_config: { format: { type: 'json_schema', schema: json.schema } } },
          responses: {
            text: { format: { type: 'json_schema', name: 'review', strict: true, schema: json.schema } },
          },
          chat: {
            response_format: {
              type: 'json_schema',
              json_schema: { name: 'review', strict: true, schema: json.schema },
            },
          },
        }[subject.wire],
      );
      expect(bodies[0]?.['provider']).toEqual(
        subject.name === 'openrouter' ? { require_parameters: true } : undefined,
      );
    });

    test('rung by rung on 400, within one attempt, in words at last', async () => {
      const { bodies, answer } = await ask({ json }, ...refusals, { tokens: ['{"verdict":"approved"}'] });
      expect(answer).toMatchObject({ text: '{"verdict":"approved"}', finishReason: 'stop' });
      expect(bodies.map(formOf)).toEqual(forms);
      expect(JSON.stringify(bodies.at(-1))).toContain('Answer with one JSON object');
      // The refusals on the way are no sign of an answer.
      expect(answer.wire.filter((kind) => kind === 'headers')).toHaveLength(1);
    });

    test('and begins where it was taken the next time, for that model only', async () => {
      const { provider, server } = await ask({ json }, ...refusals);
      const before = server.requests.length;
      await collectAnswer(provider, requestFor('again', { json }));
      await collectAnswer(provider, requestFor('free text'));
      await collectAnswer(provider, requestFor('other model', { json, model: 'other' }));
      expect(server.requests.slice(before).map((request) => formOf(request.body))).toEqual([
        'plain',
        'plain',
        'json_schema',
      ]);
    });

    test('until nothing is left: then the last refusal counts, and nothing is remembered', async () => {
      const { answer, provider, server } = await ask({ json }, ...refusals, badRequest('still no'));
      expect(answer.failure).toMatchObject({ code: 'PROVIDER_REFUSED', retryable: false });
      expect(answer.failure?.message).toContain('still no');
      await collectAnswer(provider, requestFor('again', { json }));
      expect(formOf(server.requests.at(-1)?.body)).toBe('json_schema');
    });

    test('but not again for a prompt that is too long', async () => {
      const { answer, bodies } = await ask({ json }, badRequest('prompt is too long: 9 tokens > 8 maximum'));
      expect(answer.failure?.code).toBe('CONTEXT_TOO_LONG');
      expect(bodies).toHaveLength(1);
    });
  });

  if (subject.wire === 'chat') return;
  describe(`${subject.name} asks for reasoning`, () => {
    test('until the model refuses to be asked, and never again', async () => {
      const field = subject.wire === 'messages' ? 'thinking' : 'reasoning';
      const { answer, bodies, provider, server } = await ask({}, badRequest(`${field} is not supported`));
      expect(answer.finishReason).toBe('stop');
      await collectAnswer(provider, requestFor('again'));
      expect(bodies).toHaveLength(2);
      expect(server.requests.map((request) => field in request.body)).toEqual([true, false, false]);
    });
  });
}
