import { describe } from 'vitest';
import { chat, failure, refused } from '../support/wire-bodies.ts';
import type { WireCase, WireReply, WireRequest } from '../support/wire-case.ts';
import { testWireCases } from '../support/wire-tests.ts';

const hello: WireReply = { body: chat('Hello') };
const review: WireReply = { body: chat('{"issues": [], "verdict": "approved"}') };
const completed = { ends: 'completed', text: 'Hello' } as const;
const low = { architect: { effort: 'low' } } as const;

const has =
  (path: string) =>
  (body: WireRequest['body']): boolean =>
    path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], body) !==
    undefined;
const hasSystem = (body: WireRequest['body']): boolean =>
  (body['messages'] as { role: string }[]).some(({ role }) => role === 'system' || role === 'developer');
/** The first refusal whose condition holds, else the answer. */
const refusing =
  (answer: WireReply, ...steps: readonly (readonly [(body: WireRequest['body']) => boolean, WireReply])[]) =>
  ({ body }: WireRequest): WireReply =>
    steps.find(([holds]) => holds(body))?.[1] ?? answer;

const cases: readonly WireCase[] = [
  {
    name: 'stream_options, then the effort, then max_tokens, one after the other',
    settings: { architect: { effort: 'low', maxOutputTokens: 500 } },
    answer: refusing(
      hello,
      [
        has('stream_options'),
        refused(422, {
          detail: [
            {
              type: 'extra_forbidden',
              loc: ['body', 'stream_options'],
              msg: 'Extra inputs are not permitted',
              input: {},
            },
          ],
        }),
      ],
      [
        has('reasoning_effort'),
        refused(
          400,
          failure('Unrecognized request argument supplied: reasoning_effort', {
            type: 'invalid_request_error',
            param: null,
          }),
        ),
      ],
      [
        has('max_tokens'),
        refused(
          400,
          failure(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            { param: 'max_tokens', code: 'unsupported_parameter' },
          ),
        ),
      ],
    ),
    right: { ...completed, lastRequest: ({ body }) => body['max_completion_tokens'] === 500 },
  },
  {
    name: 'max_completion_tokens is not known, max_tokens is',
    settings: { architect: { maxOutputTokens: 500 } },
    answer: refusing(hello, [
      has('max_completion_tokens'),
      refused(422, {
        detail: [
          {
            type: 'extra_forbidden',
            loc: ['body', 'max_completion_tokens'],
            msg: 'Extra inputs are not permitted',
          },
        ],
      }),
    ]),
    right: { ...completed, lastRequest: ({ body }) => body['max_tokens'] === 500 },
  },
  {
    name: 'xAI: does not support parameter reasoningEffort (hermes-agent#23088)',
    settings: low,
    answer: refusing(hello, [
      has('reasoning_effort'),
      refused(400, {
        code: 'Client specified an invalid argument',
        error: 'Model grok-4-1-fast does not support parameter reasoningEffort.',
      }),
    ]),
    right: { ...completed, calls: 2 },
  },
  {
    name: 'Groq: none or default (pi#1745)',
    settings: low,
    answer: refusing(hello, [
      ({ reasoning_effort: effort }) => effort !== undefined && effort !== 'none' && effort !== 'default',
      refused(
        400,
        failure('`reasoning_effort` must be one of `none` or `default`', { type: 'invalid_request_error' }),
      ),
    ]),
    right: completed,
  },
  {
    name: 'Ollama: the model does not think',
    via: 'ollama',
    settings: low,
    answer: refusing(hello, [
      has('reasoning_effort'),
      refused(400, failure('"x" does not support thinking', { type: 'api_error' })),
    ]),
    right: { ...completed, calls: 2 },
  },
  {
    name: 'o1-mini: no role system',
    answer: refusing(hello, [
      hasSystem,
      refused(
        400,
        failure("Unsupported value: 'messages[0].role' does not support 'system' with this model.", {
          param: 'messages[0].role',
          code: 'unsupported_value',
        }),
      ),
    ]),
    right: { ...completed, calls: 2 },
  },
  {
    name: 'Gemma: developer instruction is not enabled, in a list',
    answer: refusing(hello, [
      hasSystem,
      refused(400, [
        {
          error: {
            code: 400,
            message: 'Developer instruction is not enabled for models/gemma-3-27b-it',
            status: 'INVALID_ARGUMENT',
          },
        },
      ]),
    ]),
    right: { ...completed, calls: 2 },
  },
  {
    name: 'a template without a system role, as 500',
    answer: refusing(hello, [
      hasSystem,
      refused(
        500,
        failure(
          'Error rendering prompt with jinja template: "Conversation roles must alternate user/assistant/user/assistant/..."',
          { type: 'server_error' },
        ),
      ),
    ]),
    right: { ...completed, calls: 2 },
  },
  {
    name: 'a template: only user and assistant roles',
    answer: refusing(hello, [
      hasSystem,
      refused(400, {
        object: 'error',
        message: 'Only user and assistant roles are supported!',
        type: 'BadRequestError',
        code: 400,
      }),
    ]),
    right: { ...completed, calls: 2 },
  },
  {
    name: 'the whole text of the system is in the first message of the user afterwards',
    answer: refusing(hello, [hasSystem, refused(400, failure('System role not supported'))]),
    right: {
      ...completed,
      lastRequest: ({ body }) =>
        (body['messages'] as { role: string; content: unknown }[])[0]?.role === 'user' &&
        JSON.stringify(body['messages']).includes('A small queue.'),
    },
  },
  {
    name: 'a reviewer: json_schema, json_object and stream_options refused by name',
    role: 'reviewer',
    answer: refusing(
      review,
      [
        ({ response_format: format }) => (format as { type?: string } | undefined)?.type === 'json_schema',
        refused(
          400,
          failure(
            "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
          ),
        ),
      ],
      [
        ({ response_format: format }) => (format as { type?: string } | undefined)?.type === 'json_object',
        refused(400, failure("'response_format.type' must be 'text'")),
      ],
      [has('stream_options'), refused(400, { message: 'stream_options: Extra inputs are not permitted' })],
    ),
    right: { ends: 'completed', calls: 4 },
  },
  {
    name: 'a reviewer: DeepSeek, this response_format type is unavailable now',
    role: 'reviewer',
    answer: refusing(review, [
      ({ response_format: format }) => (format as { type?: string } | undefined)?.type === 'json_schema',
      refused(
        400,
        failure('This response_format type is unavailable now', { type: 'invalid_request_error' }),
      ),
    ]),
    right: { ends: 'completed', calls: 2 },
  },
  {
    name: 'a reviewer: llama.cpp cannot parse the grammar, as 500',
    role: 'reviewer',
    answer: refusing(review, [
      has('response_format'),
      refused(500, failure('failed to parse grammar', { code: 500, type: 'server_error' })),
    ]),
    right: { ends: 'completed' },
  },
  {
    name: 'stream must be true elsewhere: streaming is refused',
    answer: refusing(
      {
        type: 'application/json',
        body: JSON.stringify({
          choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
        }),
      },
      [
        ({ stream }) => stream === true,
        refused(
          400,
          failure("Unsupported value: 'stream' does not support true with this model.", {
            param: 'stream',
            code: 'unsupported_value',
          }),
        ),
      ],
    ),
    right: { ends: 'failed', code: 'PROVIDER_REFUSED', says: /stream/ },
  },
  {
    name: 'a parameter that is never sent is refused once',
    answer: refused(
      400,
      failure("Unsupported parameter: 'temperature' is not supported with this model.", {
        param: 'temperature',
        code: 'unsupported_parameter',
      }),
    ),
    right: { ends: 'failed', code: 'PROVIDER_REFUSED', calls: 1 },
  },
];

describe('parameters of Chat Completions that are refused', () => {
  testWireCases(cases);
});
