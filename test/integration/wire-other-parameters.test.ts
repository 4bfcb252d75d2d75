import { describe } from 'vitest';
import { chat, failure, named, refused } from '../support/wire-bodies.ts';
import type { WireCase, WireReply, WireRequest } from '../support/wire-case.ts';
import { testWireCases } from '../support/wire-tests.ts';

const hello: WireReply = { body: chat('Hello') };
const messages: WireReply = {
  body: [
    {
      type: 'message_start',
      message: {
        id: 'm',
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 11, output_tokens: 1 },
      },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 7 },
    },
    { type: 'message_stop' },
  ]
    .map(named)
    .join(''),
};
const responses: WireReply = {
  body: [
    {
      type: 'response.output_text.delta',
      item_id: 'i',
      output_index: 0,
      content_index: 0,
      delta: 'Hello',
      sequence_number: 1,
    },
    {
      type: 'response.completed',
      sequence_number: 2,
      response: {
        id: 'r',
        status: 'completed',
        output: [],
        usage: { input_tokens: 11, output_tokens: 7, total_tokens: 18 },
      },
    },
  ]
    .map(named)
    .join(''),
};
const completed = { ends: 'completed', text: 'Hello' } as const;
const low = { architect: { effort: 'low' } } as const;

const has =
  (path: string) =>
  (body: WireRequest['body']): boolean =>
    path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], body) !==
    undefined;
/** The first refusal whose condition holds, else the answer. */
const refusing =
  (answer: WireReply, ...steps: readonly (readonly [(body: WireRequest['body']) => boolean, WireReply])[]) =>
  ({ body }: WireRequest): WireReply =>
    steps.find(([holds]) => holds(body))?.[1] ?? answer;

const others: readonly WireCase[] = [
  {
    name: 'Responses: store, the summary and stream_options one after the other',
    via: 'openai',
    answer: refusing(
      responses,
      [
        has('stream_options'),
        refused(
          400,
          failure("Unknown parameter: 'stream_options.include_obfuscation'.", {
            param: 'stream_options.include_obfuscation',
            code: 'unknown_parameter',
          }),
        ),
      ],
      [has('store'), refused(400, failure('store: Extra inputs are not permitted'))],
      [
        has('reasoning.summary'),
        refused(
          400,
          failure("Unsupported parameter: 'reasoning.summary' is not supported with this model.", {
            param: 'reasoning.summary',
            code: 'unsupported_parameter',
          }),
        ),
      ],
    ),
    right: { ...completed, calls: 4 },
  },
  {
    name: 'Responses: the organization must be verified for summaries',
    via: 'openai',
    answer: refusing(responses, [
      has('reasoning.summary'),
      refused(
        400,
        failure(
          'Your organization must be verified to generate reasoning summaries. Please go to: https://platform.openai.com/settings/organization/general',
          { param: 'reasoning.summary', code: 'unsupported_value' },
        ),
      ),
    ]),
    right: { ...completed, calls: 2 },
  },
  {
    name: 'Responses: the effort is refused (pi#8381)',
    via: 'openai',
    settings: low,
    answer: refusing(responses, [
      has('reasoning.effort'),
      refused(400, failure('Model grok-build-0.1 does not support parameter reasoningEffort.')),
    ]),
    right: completed,
  },
  {
    name: 'Messages: adaptive thinking refused',
    via: 'anthropic',
    answer: refusing(messages, [
      ({ thinking }) => (thinking as { type?: string } | undefined)?.type === 'adaptive',
      refused(400, {
        type: 'error',
        error: { type: 'invalid_request_error', message: 'adaptive thinking is not supported on this model' },
      }),
    ]),
    right: completed,
  },
  {
    name: 'Messages: a gateway that knows no cache_control, no output_config and no thinking',
    via: 'anthropic',
    settings: low,
    answer: refusing(
      messages,
      [
        (body) => JSON.stringify(body).includes('cache_control'),
        refused(400, {
          type: 'error',
          error: {
            type: 'invalid_request_error',
            message: 'system.0.cache_control: Extra inputs are not permitted',
          },
        }),
      ],
      [
        has('output_config'),
        refused(400, {
          type: 'error',
          error: { type: 'invalid_request_error', message: 'output_config: Extra inputs are not permitted' },
        }),
      ],
      [has('thinking'), refused(400, { message: 'thinking: Extra inputs are not permitted' })],
    ),
    right: completed,
  },
  {
    name: 'Messages: effort is not known to the model',
    via: 'anthropic',
    settings: low,
    answer: refusing(messages, [
      has('output_config.effort'),
      refused(400, {
        type: 'error',
        error: {
          type: 'invalid_request_error',
          message: 'This model does not support the effort parameter.',
        },
      }),
    ]),
    right: { ...completed, calls: 2 },
  },
  {
    name: 'effort and limit as Chat has them',
    settings: { architect: { effort: 'high', maxOutputTokens: 777 } },
    answer: hello,
    right: {
      ...completed,
      calls: 1,
      lastRequest: ({ body }) =>
        body['reasoning_effort'] === 'high' && (body['max_tokens'] ?? body['max_completion_tokens']) === 777,
    },
  },
  {
    name: 'effort and limit as Responses has them',
    via: 'openai',
    settings: { architect: { effort: 'high', maxOutputTokens: 777 } },
    answer: responses,
    right: {
      ...completed,
      lastRequest: ({ body }) =>
        (body['reasoning'] as { effort?: string }).effort === 'high' && body['max_output_tokens'] === 777,
    },
  },
  {
    name: 'effort, limit and cache marks as Messages has them',
    via: 'anthropic',
    settings: { architect: { effort: 'high', maxOutputTokens: 777 } },
    answer: messages,
    right: {
      ...completed,
      lastRequest: ({ body }) =>
        (body['output_config'] as { effort?: string }).effort === 'high' &&
        body['max_tokens'] === 777 &&
        JSON.stringify(body).includes('"cache_control":{"type":"ephemeral"'),
    },
  },
  {
    name: 'effort as OpenRouter has it',
    via: 'openrouter',
    settings: low,
    answer: hello,
    right: {
      ...completed,
      lastRequest: ({ body }) =>
        (body['reasoning'] as { effort?: string } | undefined)?.effort === 'low' ||
        body['reasoning_effort'] === 'low',
    },
  },
];

const elsewhere = ([404, 405, 501] as const).map((status): WireCase => ({
  name: `Responses are not known (${status}): chat is`,
  via: 'openai',
  answer: ({ path }) => (path.includes('/responses') ? refused(status, '404 page not found') : hello),
  right: completed,
}));

describe('servers without Responses', () => {
  testWireCases(elsewhere);
});

describe('parameters of Responses and Messages', () => {
  testWireCases(others);
});
