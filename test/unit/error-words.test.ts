import { describe, expect, test } from 'vitest';

import { failureOf } from '../../server/providers/provider-error.ts';
import { HttpStatusError } from '../../server/providers/http-status-error.ts';
import { answered, context } from '../support/refused-call.ts';

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

test('no part of a key is left where a message is cut', () => {
  for (let before = 380; before < 480; before += 1) {
    const said = `${'x'.repeat(before)} ${context.apiKey}, and more than fits`;
    expect(answered(400, { error: { message: said } }).message).not.toContain(context.apiKey.slice(0, 4));
  }
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
    expect(failure.message).toMatch(/Cloudflare\. The request was rejected in front of models\.example\.org/);
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
    ['http://h/v1/chat/completions', '/chat/completions', /Remove \/chat\/completions from the base URL/],
    ['https://h/v1', '/v1/messages', /Remove \/v1 from the base URL/],
    ['https://h/anthropic', '/v1/messages', /must not contain \/v1/],
    ['https://h/api/v1', '/chat/completions', /Check the base URL/],
    [
      'https://h/v1beta/openai?api-version=1',
      '/chat/completions',
      /Requested URL: https:\/\/h\/v1beta\/openai\/chat\/completions\./,
    ],
  ] as const)('%s', ([baseUrl, path, words]) => {
    const url = new URL(baseUrl);
    url.pathname = url.pathname.replace(/\/$/, '') + path;
    const failure = failureOf(
      new HttpStatusError({ status: 404, headers: new Headers(), url: url.href, text: '404 page not found' }),
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
    ['CERT_HAS_EXPIRED', false, /is invalid or does not match the host/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', false, /http:\/\/ instead of https:\/\//],
    ['ECONNREFUSED', true, /could not be reached \(ECONNREFUSED\)/],
  ] as const)('%s', ([code, retryable, words]) => {
    const error = new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) });
    const failure = failureOf(error, false, context);
    expect(failure).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', retryable });
    expect(failure.message).toMatch(words);
  });
});
