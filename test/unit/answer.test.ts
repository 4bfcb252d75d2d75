import { describe, expect, test } from 'vitest';

import type { AnswerReader } from '../../server/providers/answer.ts';
import { streamAnswer } from '../../server/providers/answer.ts';
import type { ProviderEvent } from '../../server/providers/provider.ts';
import { collectAnswer, requestFor } from '../support/collect-answer.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const text = (piece: string): ProviderEvent => ({ type: 'text', text: piece });

/** An SDK's raw stream whose events say what they hold; `end` completes the answer. */
type RawEvent = readonly ProviderEvent[] | 'end';

function createReader(): AnswerReader<RawEvent> {
  let finishReason: 'stop' | undefined;
  return {
    read(event, said) {
      if (event === 'end') finishReason = 'stop';
      else said.push(...event);
    },
    get finishReason() {
      return finishReason;
    },
    usage: undefined,
    refusal: undefined,
  };
}

/** Collects what becomes of the events, given by a generator that may wait, throw, or disregard an abort. */
function answerOf(events: (signal: AbortSignal) => AsyncGenerator<RawEvent>, abort = new AbortController()) {
  const clock = createFakeClock();
  const controller = new AbortController();
  const collecting = collectAnswer(
    {
      stream: (_request, call) =>
        streamAnswer({
          open: () =>
            Promise.resolve({
              data: { controller, [Symbol.asyncIterator]: () => events(controller.signal) },
              response: new Response(null, { headers: { 'content-type': 'text/event-stream' } }),
            }),
          reader: createReader(),
          call,
          context: { provider: 'Test', baseUrl: 'http://x.test', apiKey: 'secret', now: () => clock.now() },
          clock,
          trailerTimeoutMs: 2_000,
        }),
    },
    requestFor('hello'),
    {
      signal: abort.signal,
      onEvent: (event) => {
        if (event.type === 'text' && event.text === 'abort here') abort.abort();
      },
    },
  );
  return { clock, collecting };
}

describe('streamAnswer', () => {
  test('an event that comes after an abort is not told, though the SDK goes on', async () => {
    const abort = new AbortController();
    const { collecting } = answerOf(async function* () {
      yield [text('before ')];
      abort.abort();
      yield [text('after')];
      yield 'end';
    }, abort);
    expect(await collecting).toMatchObject({ text: 'before ', finishReason: undefined, failure: undefined });
  });

  test('of an event that says two things, the second is not told after an abort', async () => {
    const { collecting } = answerOf(async function* () {
      yield [text('abort here'), text(' after')];
      yield 'end';
    });
    expect(await collecting).toMatchObject({
      text: 'abort here',
      finishReason: undefined,
      failure: undefined,
    });
  });

  test('an abort after the last event leaves the answer unfinished', async () => {
    const { collecting } = answerOf(async function* () {
      yield [text('abort here')];
      yield 'end';
    });
    expect(await collecting).toMatchObject({ finishReason: undefined, failure: undefined });
  });

  test('what goes wrong behind a complete answer takes nothing from it, and no timer is left', async () => {
    const { clock, collecting } = answerOf(async function* () {
      yield [text('whole')];
      yield 'end';
      throw new TypeError('terminated');
    });
    expect(await collecting).toMatchObject({ text: 'whole', finishReason: 'stop', failure: undefined });
    expect(clock.pendingTimers).toBe(0);
  });

  test('an end that does not come is waited for 2 s, from the event that completes the answer', async () => {
    const { clock, collecting } = answerOf(async function* (signal) {
      yield [text('whole')];
      yield 'end';
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve, { once: true });
      });
    });
    let ended = false;
    void collecting.then(() => {
      ended = true;
    });
    await clock.advance(1_999);
    expect(ended).toBe(false);
    await clock.advance(1);
    expect(await collecting).toMatchObject({ text: 'whole', finishReason: 'stop', failure: undefined });
  });
});
