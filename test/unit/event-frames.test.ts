import { jsonEncoder } from '@trpc/server/adapters/ws';
import { assert, constantFrom, integer, jsonValue, object, oneof, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { payloadOf } from '../../server/transport/text-frame.ts';
import { createEventFrames } from '../../server/transport/trpc-ws/event-frames.ts';
import type { CallRef } from '../../server/transport/trpc-ws/ws-call.ts';

/** What tRPC's adapter sends for a tracked event. */
function stock({ id, jsonrpc }: CallRef, cursor: string, data: object): unknown {
  const message = { id, jsonrpc, result: { type: 'data', data: { id: cursor, data }, id: cursor } };
  return JSON.parse(jsonEncoder.encode(message) as string);
}

function ours(request: CallRef, cursor: string, event: object): unknown {
  return JSON.parse(payloadOf(createEventFrames()(request, cursor, event)).toString());
}

const idOf = oneof(integer(), string());

test('an event reads the same as from the stock encoder, whatever is in it', () => {
  const event = oneof(object(), jsonValue());
  assert(
    property(
      idOf,
      constantFrom('2.0', undefined),
      string({ minLength: 1 }),
      event,
      (id, jsonrpc, cursor, data) => {
        if (typeof data !== 'object' || data === null) return;
        const request = { id, jsonrpc } as const;
        expect(ours(request, cursor, data)).toEqual(stock(request, cursor, data));
      },
    ),
  );
});

test.each([
  ['text that must be escaped', { text: '"\\\u0000\u2028\ud800 日本' }],
  ['what JSON leaves out or turns into null', { gone: undefined, none: Number.NaN, call: () => 1 }],
  ['an own __proto__', JSON.parse('{"__proto__":{"x":1}}') as object],
  ['something with a form of its own', { toJSON: () => ({ replaced: true }) }],
])('so does %s', (_what, event) => {
  const request = { id: 7, jsonrpc: undefined };
  expect(ours(request, '1-2-00000000', event)).toEqual(stock(request, '1-2-00000000', event));
});

test('the frame is that of the call, of its cursor and of its event, whoever was served before', () => {
  const frameOf = createEventFrames();
  const events = [{ seq: 1 }, { seq: 2 }];
  const one = property(
    idOf,
    constantFrom('2.0', undefined),
    constantFrom('a', 'b'),
    constantFrom(...events),
    (id, jsonrpc, cursor, event) => {
      const request = { id, jsonrpc } as const;
      expect(JSON.parse(payloadOf(frameOf(request, cursor, event)).toString())).toEqual(
        stock(request, cursor, event),
      );
    },
  );
  assert(one, { numRuns: 300 });
});

test('an event is serialized once for all of its followers, and like requests share the frame', () => {
  const frameOf = createEventFrames();
  let serialized = 0;
  const event = {
    type: 'stage.delta',
    get text() {
      serialized += 1;
      return 'token';
    },
  };
  const frameFor = (id: number) => frameOf({ id, jsonrpc: undefined }, '1-2-00000000', event);

  expect(frameFor(1)).toBe(frameFor(1));
  expect(JSON.parse(payloadOf(frameFor(2)).toString())).toMatchObject({ id: 2 });
  expect(serialized).toBe(1);
});
