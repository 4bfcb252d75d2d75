import { describe } from 'vitest';
import { chat, failure, refused } from '../support/wire-bodies.ts';
import type { WireCase } from '../support/wire-case.ts';
import { testWireCases } from '../support/wire-tests.ts';

const unavailable = { ends: 'failed', code: 'PROVIDER_UNAVAILABLE', retryable: true } as const;
const refusal = { ends: 'failed', code: 'PROVIDER_REFUSED', retryable: false } as const;
const auth = { ends: 'failed', code: 'PROVIDER_AUTH', retryable: false } as const;
const page = (title: string) =>
  `<!DOCTYPE html><html><head><title>${title}</title><style>body{font-family:sans-serif;color:#333}</style></head><body><center><h1>${title}</h1></center><hr></body></html>`;

const statuses: readonly WireCase[] = [
  {
    name: 'FastAPI: 404 with detail',
    answer: refused(404, { detail: 'Not Found' }),
    right: { ...refusal, reason: 'wrong_address', says: /v1\/chat\/completions/ },
  },
  {
    name: 'FastAPI: 422 with a list',
    answer: refused(422, {
      detail: [{ type: 'missing', loc: ['body', 'prompt'], msg: 'Field required', input: {} }],
    }),
    right: { ...refusal, says: /Field required/ },
  },
  {
    name: 'Cloudflare AI Gateway: 401 2009 (oh-my-pi#11327)',
    answer: refused(401, {
      success: false,
      result: [],
      messages: [],
      error: [{ code: 2009, message: 'Unauthorized' }],
      name: 'AiGatewayError',
      httpCode: 401,
      internalCode: 2009,
    }),
    right: { ...auth, says: /Unauthorized/ },
  },
  {
    name: 'Cloudflare AI Gateway: 429 2003',
    answer: refused(429, {
      success: false,
      result: [],
      messages: [],
      error: [{ code: 2003, message: 'Rate limited' }],
    }),
    right: { ...unavailable, reason: 'rate_limit', says: /Rate limited/ },
  },
  {
    name: 'Workers AI: errors',
    answer: refused(400, {
      errors: [{ message: 'AiError: Bad input: Error: oneOf at / not met', code: 5006 }],
      success: false,
      result: {},
      messages: [],
    }),
    right: { ...refusal, says: /oneOf at/ },
  },
  {
    name: 'Cloudflare: 403 and a challenge',
    answer: { ...refused(403, page('Just a moment...')), type: 'text/html' },
    right: {
      ends: 'failed',
      retryable: false,
      code: 'PROVIDER_REFUSED',
      says: /Just a moment/,
      never: /font-family|<h1>/,
    },
  },
  {
    name: 'nginx: 502',
    answer: { ...refused(502, page('502 Bad Gateway')), type: 'text/html' },
    right: { ...unavailable, says: /502/, never: /font-family|<h1>/ },
  },
  {
    name: 'Cloudflare: 524',
    answer: { ...refused(524, page('a.example | 524: A timeout occurred')), type: 'text/html' },
    right: { ...unavailable, never: /font-family/ },
  },
  { name: 'Cloudflare: 520 without a body', answer: refused(520, ''), right: unavailable },
  {
    name: 'Portkey: 446, a guardrail',
    answer: refused(446, {
      error: {
        message:
          'The guardrail checks defined in the config failed. You can find more information in the `hook_results` object.',
        type: 'hooks_failed',
        param: null,
        code: null,
      },
      hook_results: { before_request_hooks: [], after_request_hooks: [] },
    }),
    right: { ...refusal, says: /guardrail checks/ },
  },
  {
    name: 'Azure: the content filter as 400',
    answer: refused(400, {
      error: {
        message:
          "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        type: null,
        param: 'prompt',
        code: 'content_filter',
        status: 400,
        innererror: { code: 'ResponsibleAIPolicyViolation' },
      },
    }),
    right: { ...refusal, says: /content management policy/ },
  },
  {
    name: 'Azure: no such deployment',
    answer: refused(404, {
      error: { code: 'DeploymentNotFound', message: 'The API deployment for this resource does not exist.' },
    }),
    right: { ...refusal, reason: 'model_unknown', says: /deployment/ },
  },
  {
    name: 'Ollama: no such model',
    via: 'ollama',
    answer: refused(404, {
      error: {
        message: 'model "x" not found, try pulling it first',
        type: 'api_error',
        param: null,
        code: null,
      },
    }),
    right: { ...refusal, reason: 'model_unknown' },
  },
  {
    name: 'OpenRouter: no such model',
    via: 'openrouter',
    answer: refused(400, failure('foo/bar is not a valid model ID', { code: 400 })),
    right: { ...refusal, reason: 'model_unknown' },
  },
  {
    name: 'vLLM: no such model',
    answer: refused(404, {
      object: 'error',
      message: 'The model `x` does not exist.',
      type: 'NotFoundError',
      param: null,
      code: 404,
    }),
    right: { ...refusal, reason: 'model_unknown' },
  },
  {
    name: 'vLLM of today: the same in error',
    answer: refused(404, {
      error: { message: 'The model `x` does not exist.', type: 'NotFoundError', param: 'model', code: 404 },
    }),
    right: { ...refusal, reason: 'model_unknown' },
  },
  {
    name: 'LiteLLM: no such model',
    answer: refused(400, {
      error: {
        message:
          '/chat/completions: Invalid model name passed in model=x. Call `/v1/models` to view available models for your key.',
        type: 'None',
        param: 'None',
        code: '400',
      },
    }),
    right: { ...refusal, reason: 'model_unknown' },
  },
  {
    name: 'Gemini: a wrong key as 400 in a list',
    answer: refused(400, [
      {
        error: {
          code: 400,
          message: 'API key not valid. Please pass a valid API key.',
          status: 'INVALID_ARGUMENT',
          details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }],
        },
      },
    ]),
    right: { ...auth, says: /API key not valid/ },
  },
  {
    name: 'Ollama: 500, too little memory (continue#11505)',
    via: 'ollama',
    answer: refused(500, {
      error: {
        message: 'model requires more system memory (7.5 GiB) than is available (6.0 GiB)',
        type: 'api_error',
      },
    }),
    right: { ends: 'failed', says: /7\.5 GiB/ },
  },
  {
    name: 'an error in three envelopes',
    answer: refused(500, {
      error: JSON.stringify({
        error: {
          message: JSON.stringify({
            error: { code: 503, message: 'The innermost words', status: 'UNAVAILABLE' },
          }),
        },
      }),
    }),
    right: { ...unavailable, says: /The innermost words/ },
  },
  {
    name: 'new-api: a cause in a string (llm_wiki#670)',
    answer: refused(400, {
      error: {
        cause:
          '{\n "error": {\n "message": "Unsupported value: \'temperature\'",\n "code": "unsupported_value"\n }\n}',
        code: 400,
        message: '模型服务调用失败',
        status: 'FAILED_RESPONSE',
      },
      requestId: 'x',
      result: null,
    }),
    right: { ...refusal, says: /Unsupported value/ },
  },
  {
    name: 'only a string',
    answer: refused(400, JSON.stringify('bad request: the prompt is empty')),
    right: { ...refusal, says: /the prompt is empty/ },
  },
  {
    name: 'a list of errors',
    answer: refused(400, { errors: [{ message: 'first' }, { message: 'second' }] }),
    right: { ...refusal, says: /first/ },
  },
  {
    name: 'plain text',
    answer: { ...refused(503, 'no healthy upstream'), type: 'text/plain' },
    right: { ...unavailable, says: /no healthy upstream/ },
  },
  {
    name: 'Spring: error is the name of the status',
    answer: refused(500, {
      timestamp: '2026-11-27T10:00:00Z',
      status: 500,
      error: 'Internal Server Error',
      message: 'Connection pool shut down',
      path: '/v1/chat/completions',
    }),
    right: { ...unavailable, says: /Connection pool shut down/ },
  },
  { name: '408', answer: refused(408, failure('Request timed out')), right: unavailable },
  {
    name: '409 of a model that loads',
    answer: refused(409, failure('Model is loading, please retry')),
    right: unavailable,
  },
  { name: '425', answer: refused(425, failure('Too early')), right: unavailable },
  {
    name: '499 of a proxy',
    answer: refused(499, failure('The client closed the request')),
    right: { ends: 'failed' },
  },
  { name: '418', answer: refused(418, failure('I am a teapot')), right: refusal },
  {
    name: '403 of a region',
    answer: refused(
      403,
      failure('Country, region, or territory not supported', {
        code: 'unsupported_country_region_territory',
      }),
    ),
    right: { ends: 'failed', retryable: false, says: /not supported/ },
  },
  { name: '204', answer: { status: 204, body: '' }, right: { ends: 'failed' } },
  {
    name: 'a whole answer under 201',
    answer: { status: 201, type: 'text/event-stream', body: chat('Hello') },
    right: { ends: 'completed', text: 'Hello' },
  },
];

describe('errors with a status', () => {
  testWireCases(statuses);
});
