import { jsonEncoder } from '@trpc/server/adapters/ws';
import {
  anything,
  assert,
  constantFrom,
  integer,
  jsonValue,
  object,
  oneof,
  property,
  string,
} from 'fast-check';
import { expect, test } from 'vitest';
import { createEventEncoder } from '../../server/transport/encoder.ts';

/** A message as tRPC's adapter builds it for a tracked event. */
function eventMessage(id: string | number, cursor: string, data: unknown): object {
  return { id, jsonrpc: undefined, result: { type: 'data', data: { id: cursor, data }, id: cursor } };
}

function expectSameAsStock(message: unknown): void {
  const ours: unknown = JSON.parse(createEventEncoder().encode(message));
  expect(ours).toEqual(JSON.parse(jsonEncoder.encode(message) as string));
}

test('an event reads the same as from the stock encoder, whatever is in it', () => {
  const event = oneof(object(), jsonValue());
  assert(
    property(oneof(integer(), string()), string({ minLength: 1 }), event, (id, cursor, data) => {
      expectSameAsStock(eventMessage(id, cursor, data));
    }),
  );
});

test('so does any other message', () => {
  const kind = constantFrom('data', 'started', 'stopped', undefined);
  assert(
    property(kind, jsonValue(), jsonValue(), (type, id, data) => {
      expectSameAsStock({ id, result: { type, data } });
      expectSameAsStock({ id, error: data });
      expectSameAsStock({ id, jsonrpc: '2.0', result: { type, id: 'c', data: { id: 'c', data: {} } } });
      expectSameAsStock({ id, result: { type: 'data', id: 'c', data: { id: 'other', data: {} } } });
      expectSameAsStock({ id, result: { type: 'data', id: 'c', data: { id: 'c', data: {}, more: 1 } } });
    }),
  );
});

test.each([
  ['text that must be escaped', { text: '"\\\u0000\u2028\ud800 日本' }],
  ['what JSON leaves out or turns into null', { gone: undefined, none: Number.NaN, call: () => 1 }],
  ['a date', { at: new Date(0) }],
  ['an own __proto__', JSON.parse('{"__proto__":{"x":1}}') as object],
  ['something with a form of its own', { toJSON: () => ({ replaced: true }) }],
  ['a list', [1, { two: 2 }]],
])('also %s', (_what, data) => {
  expectSameAsStock(eventMessage(7, '1-2-00000000', data));
  expectSameAsStock({ id: null, method: 'reconnect' });
});

test('an event is serialized once for all of its followers', () => {
  const encoder = createEventEncoder();
  let serialized = 0;
  const event = {
    type: 'stage.delta',
    get text() {
      serialized += 1;
      return 'token';
    },
  };

  const frames = [1, 2, 3].map((id) => encoder.encode(eventMessage(id, '1-2-00000000', event)));

  expect(serialized).toBe(1);
  expect(frames.map((frame) => (JSON.parse(frame) as { id: number }).id)).toEqual([1, 2, 3]);
});

test('what is encoded is text, always', () => {
  assert(
    property(anything(), (data) => {
      // JSON knows neither bigints nor cycles, whoever encodes them.
      if (!isJson(data)) return;
      expect(typeof createEventEncoder().encode(eventMessage(1, 'c', data))).toBe('string');
    }),
  );
});

function isJson(data: unknown): boolean {
  try {
    JSON.stringify(data);
    return true;
  } catch {
    // Told by the exception alone.
    return false;
  }
}

test('an event that goes past tRPC has the bytes that it would have had', () => {
  const event = oneof(object(), jsonValue({ noUnicodeString: false }));
  assert(
    property(oneof(integer(), string()), string({ minLength: 1 }), event, (id, cursor, data) => {
      if (typeof data !== 'object' || data === null) return;
      const encoder = createEventEncoder();
      const stock = JSON.parse(jsonEncoder.encode(eventMessage(id, cursor, data)) as string) as unknown;
      for (const requestId of [id, 'another', id]) {
        const bytes = encoder.eventMessage(requestId, cursor, data);
        expect(JSON.parse(bytes.toString())).toEqual({ ...(stock as object), id: requestId });
      }
    }),
  );
});

test('whoever waits for it is told which request an event answers', () => {
  const encoder = createEventEncoder();
  const heard: unknown[] = [];
  const event = { type: 'run.started' };
  encoder.awaitRequestId(event, (requestId) => heard.push(requestId));
  encoder.encode(eventMessage(3, 'c', { ...event }));
  expect(heard).toEqual([]);
  encoder.encode(eventMessage(4, 'c', event));
  expect(heard).toEqual([4]);
});
