import { describe, expect, test } from 'vitest';
import {
  createCallLimiter,
  type CallLimiter,
  type CallTurn,
  type CallWait,
} from '../../server/providers/call-limiter.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

interface Call {
  readonly name: string;
  readonly abort: () => void;
  turn?: CallTurn;
  wait: (() => CallWait) | undefined;
}

function scene(maxCalls?: number) {
  const clock = createFakeClock();
  const random = { next: () => 0.5 };
  const limiter = createCallLimiter({ clock, random, ...(maxCalls === undefined ? {} : { maxCalls }) });
  const sent: string[] = [];
  return { clock, limiter, sent, enter: createEnter({ limiter, clock, sent }) };
}

function createEnter({
  limiter,
  clock,
  sent,
}: {
  readonly limiter: CallLimiter;
  readonly clock: FakeClock;
  readonly sent: string[];
}) {
  return async (name: string, isAgain = false): Promise<Call> => {
    const controller = new AbortController();
    const call: Call = { name, abort: () => controller.abort(), wait: undefined };
    const entered = limiter.enter({
      owner: name.charAt(0),
      signal: controller.signal,
      isAgain,
      onWaiting: (describe) => (call.wait = describe),
    });
    void entered.then((turn) => {
      if (turn === undefined) return;
      call.turn = turn;
      sent.push(name);
    });
    await clock.runTurns();
    return call;
  };
}

const names = (owner: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${owner}${index}`);

describe('calls in flight', () => {
  test('are limited; the others wait, say so, and follow when calls leave', async () => {
    const { limiter, sent, enter, clock } = scene(2);
    const calls = [await enter('a1'), await enter('a2'), await enter('a3'), await enter('a4')];
    expect(sent).toEqual(['a1', 'a2']);
    expect(calls.map(({ wait }) => wait?.())).toEqual([
      undefined,
      undefined,
      { phase: 'call-queued', ahead: 0 },
      { phase: 'call-queued', ahead: 1 },
    ]);
    expect(limiter.stats()).toMatchObject({ inFlight: 2, queued: 2, throttled: 0 });
    calls[0]?.turn?.leave();
    calls[0]?.turn?.leave();
    await clock.runTurns();
    expect(sent).toEqual(['a1', 'a2', 'a3']);
    expect(calls[3]?.wait?.()).toEqual({ phase: 'call-queued', ahead: 0 });
  });

  test('go to the owners in turn: one with many runs does not make another wait for all of them', async () => {
    const { sent, enter, clock } = scene(1);
    const first = await enter('a0');
    for (const name of [...names('b', 50), 'c0']) await enter(name);
    first.turn?.leave();
    await clock.runTurns();
    expect(sent).toEqual(['a0', 'b0']);
    const next = await enter('a1');
    expect(next.wait?.().ahead).toBe(2);
  });

  test('a call that is aborted while it waits leaves the queue, and holds nothing', async () => {
    const { limiter, sent, enter, clock } = scene(1);
    const first = await enter('a0');
    const second = await enter('a1');
    await enter('a2');
    second.abort();
    await clock.runTurns();
    first.turn?.leave();
    await clock.runTurns();
    expect(sent).toEqual(['a0', 'a2']);
    expect(limiter.stats()).toMatchObject({ inFlight: 1, queued: 0 });
  });
});

describe('a call that is rejected with a wait', () => {
  test('makes all others wait together; then a probe is sent, and the rest in order', async () => {
    const { clock, limiter, sent, enter } = scene();
    const first = await enter('a0');
    const early = await enter('b0');
    expect(first.turn?.throttle(4000)).toBe('fail');
    first.turn?.leave();
    // Sent before the pause: it did not cause it, and waits with the others.
    expect(early.turn?.throttle(3000)).toBe('wait');
    early.turn?.leave();
    const again = await enter('b0', true);
    for (const name of ['a1', 'b1', 'c0']) await enter(name);
    expect(again.wait?.()).toEqual({ phase: 'throttled', ahead: 0, retryInMs: 4000 });
    expect(limiter.stats()).toEqual({ inFlight: 0, queued: 0, throttled: 4, throttles: 2 });

    await clock.advance(3999);
    expect(sent).toEqual(['a0', 'b0']);
    await clock.advance(1);
    expect(sent).toEqual(['a0', 'b0', 'b0']);
    again.turn?.accept();
    expect(sent).toHaveLength(3);
    await clock.advance(1000);
    expect(sent).toEqual(['a0', 'b0', 'b0', 'a1', 'c0', 'b1']);
    await enter('d0');
    expect(sent.at(-1)).toBe('d0');
  });

  test('while it was the probe begins the next pause, which is longer if the provider names none', async () => {
    const { clock, sent, enter } = scene();
    const first = await enter('a0');
    first.turn?.throttle(undefined);
    first.turn?.leave();
    const probe = await enter('a1');
    await enter('a2');
    await clock.advance(750);
    expect(sent).toEqual(['a0', 'a1']);
    expect(probe.turn?.throttle(undefined)).toBe('fail');
    probe.turn?.leave();
    await clock.advance(1499);
    expect(sent).toHaveLength(2);
    await clock.advance(1);
    expect(sent).toEqual(['a0', 'a1', 'a2']);
  });

  test('a probe that is cancelled makes room for the next, and one that is silent does not hold the others up', async () => {
    const { clock, sent, enter } = scene();
    const first = await enter('a0');
    first.turn?.throttle(1000);
    first.turn?.leave();
    const probe = await enter('a1');
    for (const name of ['a2', 'a3', 'a4']) await enter(name);
    await clock.advance(1000);
    expect(sent).toEqual(['a0', 'a1']);
    probe.turn?.leave();
    await clock.advance(4999);
    expect(sent).toEqual(['a0', 'a1', 'a2']);
    await clock.advance(1000);
    expect(sent).toEqual(['a0', 'a1', 'a2', 'a3', 'a4']);
  });

  test('what was accepted before the pause does not end it', async () => {
    const { clock, sent, enter } = scene();
    const slow = await enter('a0');
    const rejected = await enter('a1');
    rejected.turn?.throttle(1000);
    rejected.turn?.leave();
    await enter('a2');
    slow.turn?.accept();
    slow.turn?.leave();
    await clock.runTurns();
    expect(sent).toEqual(['a0', 'a1']);
  });

  test('with hundreds waiting, they are sent within seconds, and never more than may be in flight', async () => {
    const { clock, limiter, sent, enter } = scene(50);
    const first = await enter('a0');
    first.turn?.throttle(1000);
    first.turn?.leave();
    const calls: Call[] = [];
    for (const name of names('b', 200)) calls.push(await enter(name));
    await clock.advance(1000);
    calls[0]?.turn?.accept();
    for (let ms = 0; ms < 10_000; ms += 10) {
      await clock.advance(10);
      expect(limiter.stats().inFlight).toBeLessThanOrEqual(50);
      const oldest = calls.find(({ turn }) => turn !== undefined);
      if (oldest === undefined) continue;
      oldest.turn?.leave();
      calls.splice(calls.indexOf(oldest), 1);
    }
    expect(sent).toHaveLength(201);
    expect(sent.slice(1)).toEqual(names('b', 200));
  });
});
