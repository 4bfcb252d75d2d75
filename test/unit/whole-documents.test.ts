import { describe, expect, test } from 'vitest';

import type { ProviderWire } from '../support/provider-script.ts';
import { chatDelta, chatEvents, readPieces } from '../support/read-body.ts';

const usage = { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 };
const chat = {
  object: 'chat.completion',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', reasoning_content: 'why', content: 'Hi' },
      finish_reason: 'length',
    },
  ],
  usage,
};
const response = {
  object: 'response',
  status: 'completed',
  output: [
    { type: 'reasoning', summary: [{ type: 'summary_text', text: 'why' }] },
    { type: 'message', content: [{ type: 'output_text', text: 'H' }] },
    { type: 'message', content: [{ type: 'output_text', text: 'i' }] },
  ],
  usage: { input_tokens: 3, output_tokens: 5 },
};
const message = {
  type: 'message',
  content: [
    { type: 'thinking', thinking: 'why' },
    { type: 'text', text: 'Hi' },
  ],
  stop_reason: 'end_turn',
  usage: { input_tokens: 3, output_tokens: 5 },
};
const told = { usage: { inputTokens: 3, outputTokens: 5, source: 'final' }, reasoning: 'why' };

describe('a whole answer as one JSON document', () => {
  test.for<readonly [ProviderWire, object, object]>([
    ['chat', chat, { text: 'Hi', finishReason: 'length' }],
    ['responses', response, { text: 'H\n\ni', finishReason: 'stop' }],
    [
      'responses',
      { ...response, status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
      { finishReason: 'length' },
    ],
    ['messages', message, { text: 'Hi', finishReason: 'stop' }],
  ])('%s is read: %j', async ([wire, document, right]) => {
    for (const type of ['application/json', 'text/event-stream', 'text/plain']) {
      for (const text of [JSON.stringify(document), `\n ${JSON.stringify(document, null, 2)}\n`]) {
        const answer = await readPieces(wire, text.match(/.{1,7}/gs) ?? [], type);
        expect(answer).toMatchObject({ failure: undefined, ...told, ...right });
      }
    }
  });

  test.for(['application/json', 'text/html', 'application/octet-stream', 'text/plain; charset=latin1'])(
    'events labelled %s are events',
    async (type) => {
      const stream = chatEvents(chatDelta({ content: 'Hi' }, 'stop'));
      expect(await readPieces('chat', [stream], type)).toMatchObject({ text: 'Hi', finishReason: 'stop' });
    },
  );

  test('chunks as a list, or one a line, are a stream', async () => {
    const chunks = [chatDelta({ content: 'H' }), chatDelta({ content: 'i' }, 'stop')];
    const right = { text: 'Hi', finishReason: 'stop' };
    expect(await readPieces('chat', [JSON.stringify(chunks)])).toMatchObject(right);
    const lines = chunks.map((chunk) => JSON.stringify(chunk)).join('\n');
    expect(await readPieces('chat', [lines])).toMatchObject(right);
  });

  test('a tool called in it, and nothing written, are told', async () => {
    const calls = [{ type: 'function', function: { name: 'write_file', arguments: '{}' } }];
    const document = {
      choices: [{ message: { content: null, tool_calls: calls }, finish_reason: 'tool_calls' }],
    };
    const { failure } = await readPieces('chat', [JSON.stringify(document)]);
    expect(failure).toMatchObject({ code: 'OUTPUT_INVALID', retryable: true, reason: 'tool_call' });
    expect(failure?.message).toContain('write_file');
  });

  test.for([
    ['{"error":{"message":"no model loaded","type":"server_error"}}', 'PROVIDER_UNAVAILABLE', undefined],
    [
      '{"error":"Unexpected endpoint or method. (POST /chat/completions)"}',
      'PROVIDER_REFUSED',
      'wrong_address',
    ],
    ['[{"error":{"code":400,"message":"bad","status":"INVALID_ARGUMENT"}}]', 'PROVIDER_REFUSED', undefined],
    ['{"choices":[{"message":{"con', 'PROVIDER_TRUNCATED', undefined],
  ] as const)('an error with a status of success is an error: %s', async ([text, code, reason]) => {
    const { failure } = await readPieces('chat', [text], 'application/json');
    expect(failure).toMatchObject({ code, reason });
  });
});
