import { describe, expect, test } from 'vitest';

import type { Provider, ProviderCall, ProviderEvent } from '../../server/providers/provider.ts';
import { withWatchdog } from '../../server/providers/watchdog.ts';
import { collectAnswer, requestFor } from '../support/collect-answer.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const text = (piece: string): ProviderEvent => ({ type: 'text', text: piece });
const finish: ProviderEvent = { type: 'finish', finishReason: 'stop' };

/** A provider that does what the test says, step by step, and notes how it was treated. */
function createPuppet(options: { heedsAbort?: boolean } = {}) {
  const heedsAbort = options.heedsAbort ?? true;
  let waiting = Promise.withResolvers<IteratorResult<ProviderEvent>>();
  let call: ProviderCall | undefined;
  let returned = 0;
  const provider: Provider = {
    stream(_request, given) {
      call = given;
      given.signal.addEventListener('abort', () => {
        if (heedsAbort) waiting.resolve({ done: true, value: undefined });
      });
      return {
        [Symbol.asyncIterator]: () => ({
          next: () => waiting.promise,
          return: () => {
            returned += 1;
            return Promise.resolve({ done: true, value: undefined });
          },
        }),
      };
    },
  };
  return {
    provider,
    wire: (kind: 'headers' | 'bytes') => call?.onWire(kind),
    say(event: ProviderEvent) {
      const said = waiting;
      waiting = Promise.withResolvers();
      said.resolve({ done: false, value: event });
    },
    end: () => waiting.resolve({ done: true, value: undefined }),
    fail: (error: Error) => waiting.reject(error),
    get aborted() {
      return call?.signal.aborted;
    },
    get returned() {
      return returned;
    },
  };
}

function watch(options: { heedsAbort?: boolean; signal?: AbortSignal } = {}) {
  const clock = createFakeClock();
  const puppet = createPuppet(options);
  const provider = withWatchdog(puppet.provider, {
    clock,
    idleTimeoutMs: 60_000,
    firstByteTimeoutMs: 120_000,
  });
  const collecting = collectAnswer(provider, requestFor('hello'), options);
  return { clock, puppet, collecting };
}

describe('withWatchdog', () => {
  test('passes a healthy answer on and leaves no timer', async () => {
    const { clock, puppet, collecting } = watch();
    puppet.wire('headers');
    for (const piece of ['a', 'b']) {
      puppet.wire('bytes');
      puppet.say(text(piece));
      await clock.advance(59_000);
    }
    puppet.say(finish);
    await clock.runTurns();
    puppet.end();
    expect(await collecting).toMatchObject({
      text: 'ab',
      finishReason: 'stop',
      failure: undefined,
      wire: ['headers', 'bytes', 'bytes'],
    });
    expect(clock.pendingTimers).toBe(0);
  });

  test('ends a call whose first byte does not come', async () => {
    const { clock, puppet, collecting } = watch();
    puppet.wire('headers');
    await clock.advance(119_999);
    expect(puppet.aborted).toBe(false);
    await clock.advance(1);
    expect((await collecting).failure).toMatchObject({ code: 'PROVIDER_STALLED', retryable: true });
    expect(puppet.aborted).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  test('ends a call that falls silent, at the shorter limit of a body that has begun', async () => {
    const { clock, puppet, collecting } = watch();
    await clock.advance(10_000);
    puppet.wire('bytes');
    puppet.say(text('a'));
    await clock.advance(59_999);
    expect(puppet.aborted).toBe(false);
    await clock.advance(1);
    const answer = await collecting;
    expect(answer).toMatchObject({ text: 'a', failure: { code: 'PROVIDER_STALLED' } });
    expect(answer.failure?.message).toContain('60000 ms');
  });

  test('takes pings for life', async () => {
    const { clock, puppet, collecting } = watch();
    for (let minute = 0; minute < 60; minute += 1) {
      puppet.wire('bytes');
      await clock.advance(59_000);
    }
    expect(puppet.aborted).toBe(false);
    await clock.advance(1_000);
    expect((await collecting).failure).toMatchObject({ code: 'PROVIDER_STALLED' });
  });

  test.for([900, 3_600_000])('does not count the %i ms in which the consumer is busy', async (busyMs) => {
    const clock = createFakeClock();
    const puppet = createPuppet();
    const provider = withWatchdog(puppet.provider, { clock, idleTimeoutMs: 1_000 });
    const busy = Promise.withResolvers<void>();
    const collecting = collectAnswer(provider, requestFor('hello'), { onEvent: () => busy.promise });
    puppet.wire('bytes');
    puppet.say(text('a'));
    await clock.advance(busyMs);
    expect(puppet.aborted).toBe(false);
    busy.resolve();
    await clock.advance(999);
    expect(puppet.aborted).toBe(false);
    await clock.advance(1);
    expect((await collecting).failure).toMatchObject({ code: 'PROVIDER_STALLED' });
  });

  test('sets one timer for a thousand tokens', async () => {
    const clock = createFakeClock();
    let timers = 0;
    const counting = {
      now: () => clock.now(),
      wall: () => clock.wall(),
      elapsed: () => clock.elapsed(),
      turn: (task: () => void) => clock.turn(task),
      after(delayMs: number, task: () => void) {
        timers += 1;
        return clock.after(delayMs, task);
      },
    };
    const provider: Provider = {
      async *stream(_request, call) {
        for (let i = 0; i < 1_000; i += 1) {
          call.onWire('bytes');
          yield text('x');
        }
        yield finish;
      },
    };
    const answer = await collectAnswer(withWatchdog(provider, { clock: counting }), requestFor('hello'));
    expect(answer.text).toHaveLength(1_000);
    // One for the first byte, one for what follows it.
    expect(timers).toBe(2);
    expect(clock.pendingTimers).toBe(0);
  });

  test.for([true, false])(
    'an abort ends the call at once (heeded by the inner one: %s)',
    async (heedsAbort) => {
      const abort = new AbortController();
      const { clock, puppet, collecting } = watch({ heedsAbort, signal: abort.signal });
      puppet.wire('bytes');
      puppet.say(text('a'));
      await clock.runTurns();
      abort.abort();
      puppet.say(text('late'));
      expect(await collecting).toMatchObject({ text: 'a', finishReason: undefined, failure: undefined });
      expect(puppet.aborted).toBe(true);
      expect(puppet.returned).toBe(1);
      expect(clock.pendingTimers).toBe(0);
    },
  );

  test('a stall ends the call even if the inner one does not heed its abort', async () => {
    const { clock, collecting } = watch({ heedsAbort: false });
    await clock.advance(120_000);
    expect((await collecting).failure).toMatchObject({ code: 'PROVIDER_STALLED' });
    expect(clock.pendingTimers).toBe(0);
  });

  test('an error of the inner call passes, and leaves no timer', async () => {
    const { clock, puppet, collecting } = watch();
    await clock.runTurns();
    puppet.fail(new RangeError('broken'));
    await expect(collecting).rejects.toThrow('broken');
    expect(clock.pendingTimers).toBe(0);
  });

  test('leaving the loop aborts the inner call', async () => {
    const clock = createFakeClock();
    const puppet = createPuppet();
    const provider = withWatchdog(puppet.provider, { clock });
    const call = { signal: new AbortController().signal, onWire: () => undefined };
    const reading = (async () => {
      for await (const event of provider.stream(requestFor('hello'), call)) if (event.type === 'text') break;
    })();
    await clock.runTurns();
    puppet.say(text('a'));
    await reading;
    expect(puppet.aborted).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });
});
