import { describe, expect, test } from 'vitest';

import type { AnswerReader } from '../../server/providers/answer-reader.ts';
import { streamAnswer } from '../../server/providers/answer.ts';
import type { ProviderEvent } from '../../server/providers/provider.ts';
import { collectAnswer, requestFor } from '../support/collect-answer.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const text = (piece: string): ProviderEvent => ({ type: 'text', text: piece });

/** A body whose events say what they hold; `end` completes the answer. */
type RawEvent = readonly ProviderEvent[] | 'end';

function createReader(): AnswerReader<unknown> {
  let finishReason: 'stop' | undefined;
  return {
    read(event, said) {
      const { items } = event as { items: RawEvent };
      if (items === 'end') finishReason = 'stop';
      else said.push(...items);
    },
    readWhole: () => false,
    done: () => undefined,
    get finishReason() {
      return finishReason;
    },
    rawFinishReason: undefined,
    usage: undefined,
    refusal: undefined,
    tool: undefined,
  };
}

/** Collects what becomes of the events, given by a generator that may wait, throw, or disregard an abort. */
function answerOf(events: (signal: AbortSignal) => AsyncGenerator<RawEvent>, abort = new AbortController()) {
  const clock = createFakeClock();
  const request = requestFor('hello');
  const collecting = collectAnswer(
    {
      stream: (_request, call) =>
        streamAnswer({
          open: (signal) => {
            const body = bodyOf(events(signal));
            const headers = { 'content-type': 'text/event-stream' };
            return Promise.resolve({ response: new Response(body, { headers }), reader: createReader() });
          },
          request,
          call,
          context: { provider: 'Test', baseUrl: 'http://x.test', apiKey: 'secret', now: () => clock.now() },
          clock,
          trailerTimeoutMs: 2_000,
          limits: { maxEventChars: 1_000, maxAnswerBytes: 10_000 },
          onPromptTruncated: () => undefined,
        }),
    },
    request,
    {
      signal: abort.signal,
      onEvent: (event) => {
        if (event.type === 'text' && event.text === 'abort here') abort.abort();
      },
    },
  );
  return { clock, collecting };
}

/** Whoever reads has read what came before. */
function nextMacrotask(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function bodyOf(events: AsyncGenerator<RawEvent>): ReadableStream<Uint8Array> {
  const frames = framed(events);
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await frames.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
}

async function* framed(events: AsyncGenerator<RawEvent>): AsyncGenerator<Uint8Array> {
  for await (const items of events) yield Buffer.from(`data: ${JSON.stringify({ items })}\n\n`);
}

describe('streamAnswer', () => {
  test('an event that comes after an abort is not told, though the body goes on', async () => {
    const abort = new AbortController();
    const { collecting } = answerOf(async function* () {
      yield [text('before ')];
      await nextMacrotask();
      abort.abort();
      yield [text('after')];
      yield 'end';
    }, abort);
    expect(await collecting).toMatchObject({ text: 'before ', finishReason: undefined, failure: undefined });
  });

  test('of an event that says two things, the second is not told after an abort', async () => {
    const { collecting } = answerOf(async function* () {
      yield [text('abort here'), { type: 'reasoning', text: ' after' }];
      yield 'end';
    });
    expect(await collecting).toMatchObject({
      text: 'abort here',
      reasoning: '',
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
