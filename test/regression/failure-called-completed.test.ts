import { expect, test } from 'vitest';
import { createResponsesReader } from '../../server/providers/responses-reader.ts';

// The type of the last event alone was looked at; a compatible server may send one type for every end.
test.each(['failed', 'cancelled'])('a response that is completed and %s is no whole answer', (status) => {
  const context = { provider: 'OpenAI', baseUrl: 'https://api.openai.com/v1', apiKey: '', now: () => 0 };
  const reader = createResponsesReader(context);
  const error = { code: 'server_error', message: 'out of memory' };
  const event = { type: 'response.completed', response: { status, error } } as unknown;
  expect(() => reader.read(event as Parameters<typeof reader.read>[0], [])).toThrow(/out of memory/);
  expect(reader.finishReason).toBeUndefined();
});
