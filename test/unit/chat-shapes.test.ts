import { describe, expect, test } from 'vitest';

import { chatDelta as delta, chatEvents as events, readPieces } from '../support/read-body.ts';

const hi = { text: 'Hi', finishReason: 'stop' };
const end = delta({}, 'stop');

describe('a chat answer in any shape', () => {
  test.for<readonly [string, string, object]>([
    ['content as one part', events(delta({ content: { type: 'text', text: 'Hi' } }), end), hi],
    ['parts without a type', events(delta({ content: [{ text: 'H' }, { content: 'i' }] }), end), hi],
    ['parts that are strings', events(delta({ content: ['H', 'i'] }), end), hi],
    ['output_text', events(delta({ content: [{ type: 'output_text', text: 'Hi' }] }), end), hi],
    ['a part of an unknown type', events(delta({ content: [{ type: 'novelty', value: 'Hi' }] }), end), hi],
    [
      'Gemini’s parts',
      events(delta({ content: { parts: [{ text: 'why', thought: true }, { text: 'Hi' }] } }), end),
      { ...hi, reasoning: 'why' },
    ],
    [
      'thinking as a string',
      events(
        delta({
          content: [
            { type: 'thinking', thinking: 'why' },
            { type: 'text', text: 'Hi' },
          ],
        }),
        end,
      ),
      { ...hi, reasoning: 'why' },
    ],
    [
      'references and pictures between',
      events(
        delta({
          content: [
            { type: 'text', text: 'H' },
            { type: 'reference', reference_ids: [1] },
            { type: 'image_url', text: 'no' },
            { type: 'text', text: 'i' },
          ],
        }),
        end,
      ),
      hi,
    ],
    [
      'reasoning as a list',
      events(delta({ reasoning: [{ text: 'wh' }, { summary: 'y' }] }), delta({ content: 'Hi' }), end),
      { ...hi, reasoning: 'why' },
    ],
    [
      'cot_summary',
      events(delta({ cot_summary: 'why' }), delta({ content: 'Hi' }), end),
      { ...hi, reasoning: 'why' },
    ],
    [
      'an empty reasoning beside the full one',
      events(delta({ reasoning: '', reasoning_content: 'why' }), delta({ content: 'Hi' }), end),
      { ...hi, reasoning: 'why' },
    ],
    [
      'the same reasoning twice',
      events(delta({ reasoning: 'why', reasoning_content: 'why' }), delta({ content: 'Hi' }), end),
      { ...hi, reasoning: 'why' },
    ],
    [
      'details with what is encrypted',
      events(
        delta({
          reasoning_details: [
            { type: 'reasoning.encrypted', data: 'x' },
            { type: 'reasoning.summary', summary: 'why' },
          ],
        }),
        delta({ content: 'Hi' }),
        end,
      ),
      { ...hi, reasoning: 'why' },
    ],
    [
      'a message instead of a delta',
      events({ choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }] }),
      hi,
    ],
    ['a legacy completion', events({ choices: [{ text: 'Hi', finish_reason: 'stop' }] }), hi],
    [
      'choices without an index, and a second one',
      events({
        choices: [
          { delta: { content: 'Hi' }, finish_reason: 'stop' },
          { index: 1, delta: { content: 'no' } },
        ],
      }),
      hi,
    ],
    [
      'keep-alives that are no JSON',
      `data: ping\n\n: comment\n\nretry: 5\n\n${events(delta({ content: 'Hi' }), end)}`,
      hi,
    ],
    ['lone carriage returns', events(delta({ content: 'Hi' }), end).replaceAll('\n', '\r'), hi],
    ['a byte order mark', `\uFEFF${events(delta({ content: 'Hi' }), end)}`, hi],
    [
      '[DONE] without its blank line',
      events(delta({ content: 'Hi' })).trimEnd(),
      { text: 'Hi', finishReason: 'other' },
    ],
    [
      '[DONE] twice, and what stands behind it',
      `${events(delta({ content: 'Hi' }))}${events(delta({ content: 'no' }))}`,
      { text: 'Hi', finishReason: 'other' },
    ],
  ])('%s', async ([, stream, right]) => {
    expect(await readPieces('chat', [stream])).toMatchObject({ failure: undefined, ...right });
    expect(await readPieces('chat', stream.match(/.{1,3}/gs) ?? [])).toMatchObject(right);
  });

  test.for([
    ['max_tokens', 'length'],
    ['MAX_TOKENS', 'length'],
    ['max-output-tokens', 'length'],
    ['model_length', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['end_turn', 'stop'],
    ['STOP', 'stop'],
    ['eos', 'stop'],
    ['COMPLETE', 'stop'],
    ['something_new', 'other'],
    ['tool_calls', 'other'],
  ] as const)('the end %s is %s', async ([word, finishReason]) => {
    expect(await readPieces('chat', [events(delta({ content: 'Hi' }, word))])).toMatchObject({
      finishReason,
    });
  });

  test.for([
    ['SAFETY', 'PROVIDER_REFUSED', false],
    ['RECITATION', 'PROVIDER_REFUSED', false],
    ['PROHIBITED_CONTENT', 'PROVIDER_REFUSED', false],
    ['content_filter', 'PROVIDER_REFUSED', false],
    ['sensitive', 'PROVIDER_REFUSED', false],
    ['network_error', 'PROVIDER_UNAVAILABLE', true],
    ['insufficient_system_resource', 'PROVIDER_UNAVAILABLE', true],
    ['abort', 'PROVIDER_TRUNCATED', true],
    ['MALFORMED_FUNCTION_CALL', 'OUTPUT_INVALID', true],
  ] as const)('the end %s without text is %s', async ([word, code, retryable]) => {
    const { failure } = await readPieces('chat', [events(delta({}, word))]);
    expect(failure).toMatchObject({ code, retryable });
  });
});

describe('an error in the middle of a stream', () => {
  const begun = `data: ${JSON.stringify(delta({ content: 'Once' }))}\n\n`;
  test.for([
    ['data: {"error":"the model has crashed"}\n\n', 'PROVIDER_UNAVAILABLE', 'the model has crashed'],
    ['data: {"error":{"message":"slow down","code":429}}\n\n', 'PROVIDER_UNAVAILABLE', 'slow down'],
    ['event: error\ndata: {"message":"out of memory"}\n\n', 'PROVIDER_UNAVAILABLE', 'out of memory'],
    ['event: error\ndata: out of memory\n\n', 'PROVIDER_UNAVAILABLE', 'out of memory'],
    ['data: {"detail":"worker died"}\n\n', 'PROVIDER_UNAVAILABLE', 'worker died'],
    ['data: {"object":"error","message":"dead","code":500}\n\n', 'PROVIDER_UNAVAILABLE', 'dead'],
    ['data: [{"error":{"code":400,"message":"no such thing"}}]\n\n', 'PROVIDER_REFUSED', 'no such thing'],
    [
      'data: {"type":"error","error":{"type":"invalid_request_error","message":"bad"}}\n\n',
      'PROVIDER_REFUSED',
      'bad',
    ],
    [
      'error: {"code":500,"message":"context shift failed"}\n\n',
      'PROVIDER_TRUNCATED',
      'context shift failed',
    ],
    [
      'error: {"code":400,"message":"the request exceeds the available context size"}\n\n',
      'CONTEXT_TOO_LONG',
      'context size',
    ],
    ['upstream connect error\n\n', 'PROVIDER_TRUNCATED', 'upstream connect error'],
  ] as const)('%j', async ([bytes, code, words]) => {
    const answer = await readPieces('chat', [begun, bytes]);
    expect(answer).toMatchObject({ text: 'Once', finishReason: undefined, failure: { code } });
    expect(answer.failure?.message).toContain(words);
  });

  test('behind a whole answer it takes nothing from it', async () => {
    const whole = `data: ${JSON.stringify(delta({ content: 'All.' }, 'stop'))}\n\ndata: {"error":"late"}\n\n`;
    expect(await readPieces('chat', [whole])).toMatchObject({ text: 'All.', finishReason: 'stop' });
  });
});
