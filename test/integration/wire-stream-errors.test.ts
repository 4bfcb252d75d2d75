import { describe } from 'vitest';
import { chunk, data, done, failure } from '../support/wire-bodies.ts';
import type { WireCase } from '../support/wire-case.ts';
import { testWireCases } from '../support/wire-tests.ts';

const hello = chunk({ content: 'Hello' });
const unavailable = { ends: 'failed', code: 'PROVIDER_UNAVAILABLE', retryable: true } as const;

const auth = { ends: 'failed', code: 'PROVIDER_AUTH', retryable: false } as const;
const page = (title: string) =>
  `<!DOCTYPE html><html><head><title>${title}</title><style>body{font-family:sans-serif;color:#333}</style></head><body><center><h1>${title}</h1></center><hr></body></html>`;

const cases: readonly WireCase[] = [
  {
    name: 'a word in the stream',
    answer: { body: `${hello}${data({ error: 'model runner has unexpectedly stopped' })}` },
    right: { ...unavailable, says: /model runner has unexpectedly stopped/ },
  },
  {
    name: 'OpenRouter: error and finish_reason error (agent-os#2214)',
    answer: {
      body: `${hello}${chunk({ content: '' }, 'error', { error: { code: 'server_error', message: 'Provider disconnected unexpectedly' } })}${done}`,
    },
    right: { ...unavailable, says: /Provider disconnected unexpectedly/ },
  },
  {
    name: 'OpenRouter: 502 without choices (OmniRoute#8210)',
    answer: {
      body: `: OPENROUTER PROCESSING\n\n${data({ id: 'gen-1', choices: [], error: { code: 502, message: 'Worker local total request limit reached (33/32)', metadata: { error_type: 'provider_unavailable' } } })}`,
    },
    right: { ...unavailable, says: /33\/32/ },
  },
  {
    name: 'OpenRouter: 429 in mid-stream',
    answer: {
      body: `${data({ id: 'gen-1', choices: [], error: { code: 429, message: 'Provider returned error', metadata: { raw: 'm is temporarily rate-limited upstream. Please retry shortly.', provider_name: 'Chutes' } } })}${done}`,
    },
    right: { ...unavailable, reason: 'rate_limit', says: /rate-limited upstream/ },
  },
  {
    name: 'a gateway: error before [DONE] (macprovider#186)',
    answer: {
      body: `${hello}${data(failure('Provider disconnected during streaming', { type: 'server_error', code: 'provider_disconnected' }))}${done}`,
    },
    right: { ...unavailable, says: /Provider disconnected during streaming/ },
  },
  {
    name: 'a proxy appends a line of plain text and ends the body (agenc-core#2492)',
    answer: { body: `${hello}upstream error: read ECONNRESET\n` },
    right: { ends: 'failed', code: 'PROVIDER_TRUNCATED', retryable: true, text: 'Hello' },
  },
  {
    name: 'llama.cpp of old: a field named error',
    answer: {
      body: `${hello}error: {"code":500,"message":"context shift is disabled","type":"server_error"}\n\n`,
    },
    right: { ends: 'failed', code: 'CONTEXT_TOO_LONG', retryable: false, says: /context shift/ },
  },
  {
    name: 'event: error',
    answer: { body: `${hello}event: error\n${data(failure('boom', { code: 500 }))}` },
    right: { ...unavailable, says: /boom/ },
  },
  {
    name: 'error null in every chunk',
    answer: {
      body: `${chunk({ content: 'Hello' }, null, { error: null })}${chunk({}, 'stop', { error: null })}${done}`,
    },
    right: { ends: 'completed', text: 'Hello' },
  },
  {
    name: 'an error behind a whole answer',
    answer: { body: `${hello}${chunk({}, 'stop')}${data(failure('too late'))}` },
    right: { ends: 'completed', text: 'Hello' },
  },
  {
    name: 'LiteLLM: its own words in the stream',
    answer: {
      body: `${hello}${data({ error: { message: 'litellm.MidStreamFallbackError: litellm.APIConnectionError: DeepseekException - peer closed connection without sending complete message body (incomplete chunked read)', type: null, param: null, code: '500' } })}`,
    },
    right: { ...unavailable, says: /peer closed connection/ },
  },
  {
    name: 'the context too long, told in the stream',
    answer: {
      body: data({
        error: {
          message:
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
          type: 'invalid_request_error',
          code: 'context_length_exceeded',
        },
      }),
    },
    right: { ends: 'failed', code: 'CONTEXT_TOO_LONG', retryable: false },
  },
  {
    name: 'a list of one error in the stream',
    answer: {
      body: `${hello}${data([{ error: { code: 503, message: 'The model is overloaded. Please try again later.', status: 'UNAVAILABLE' } }])}`,
    },
    right: { ...unavailable, says: /overloaded/ },
  },
];

const asStatus200: readonly WireCase[] = [
  {
    name: '200 with JSON: a wrong key',
    answer: {
      type: 'application/json',
      body: JSON.stringify(failure('No auth credentials found', { code: 401 })),
    },
    right: { ...auth, says: /No auth credentials found/ },
  },
  {
    name: '200 with JSON: 502',
    answer: {
      type: 'application/json',
      body: JSON.stringify(failure('Upstream error from Chutes', { code: 502 })),
    },
    right: { ...unavailable, says: /Chutes/ },
  },
  {
    name: '200 with JSON: success false',
    answer: {
      type: 'application/json',
      body: JSON.stringify({
        success: false,
        error: {
          code: 'INTERNAL_SERVER_ERROR',
          status: 500,
          message: 'An unexpected error occurred. Please try again later.',
        },
      }),
    },
    right: { ...unavailable, says: /unexpected error/ },
  },
  {
    name: '200 with JSON: MiniMax’s base_resp',
    answer: {
      type: 'application/json',
      body: JSON.stringify({
        base_resp: { status_code: 1004, status_msg: 'login fail: Please carry the API secret key' },
      }),
    },
    right: { ends: 'failed', says: /login fail/ },
  },
  {
    name: '200 with a page to sign in',
    answer: { type: 'text/html; charset=utf-8', body: page('Sign in to Contoso') },
    right: { ends: 'failed', retryable: false, reason: 'wrong_address', never: /font-family|<h1>/, calls: 1 },
  },
];

describe('errors in a stream', () => {
  testWireCases([...cases, ...asStatus200]);
});
