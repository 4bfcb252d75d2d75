import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProviderFailure } from '../../server/providers/provider.ts';
import type {
  Provider,
  ProviderEvent,
  ProviderRequest,
  RehearsalContext,
} from '../../server/providers/provider.ts';
import { createRehearsalProvider } from '../../server/providers/rehearsal.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import type { FakeClock } from '../support/fake-clock.ts';

const scene: RehearsalContext = {
  role: 'architect',
  task: 'A recipe book 👩‍🍳',
  visit: 1,
  attempt: 1,
  instructions: [],
  keptText: '',
  issues: [],
  runId: 'run_00000001',
};

describe('a rehearsed stream', () => {
  test('is headers at once, the first token after ttft, then tokens at their rate, usage and the end', async () => {
    const clock = createFakeClock({ startMs: 0 });
    const heard = listen(createRehearsalProvider({ clock }), 'ttft=300,tps=50,seed=1,reasoning=100', {
      clock,
    });
    await clock.advance(299);
    expect([heard.wire, heard.events]).toEqual([['headers'], []]);
    await clock.advance(21);
    expect(heard.events).toHaveLength(1);
    expect(heard.events[0]?.type).toBe('reasoning');
    await clock.advance(980);
    expect(heard.events).toHaveLength(50);
    await clock.advance(60_000);
    await heard.ended;
    expect(heard.events.slice(-2).map((event) => event.type)).toEqual(['usage', 'finish']);
    expect(heard.reasoning()).toHaveLength(100);
    const tokens = heard.events.length - 2;
    expect(heard.wire).toHaveLength(1 + tokens);
    expect(heard.lastTokenAt).toBe(300 + tokens * 20);
    expect((heard.reasoning() + heard.text()).length / tokens).toBeGreaterThan(3);
    expect((heard.reasoning() + heard.text()).length / tokens).toBeLessThan(6);
  });

  test('counts what it used as a quarter of the characters', async () => {
    const heard = await whole('tps=0,ttft=0,reasoning=40,chars=400');
    expect(heard.events.at(-2)).toEqual({
      type: 'usage',
      usage: { inputTokens: 2, outputTokens: 110, reasoningTokens: 10, source: 'final' },
    });
  });

  test('catches up after a late reader, in separate events, and keeps the rate on the whole', async () => {
    const clock = createFakeClock({ startMs: 0 });
    const call = { signal: new AbortController().signal, onWire: () => {} };
    const answer = createRehearsalProvider({ clock }).stream(
      requestOf('ttft=1,tps=10,reasoning=0,seed=1'),
      call,
    );
    const stream = answer[Symbol.asyncIterator]();
    const first = stream.next();
    await clock.advance(101);
    expect((await first).value).toMatchObject({ type: 'text' });
    await clock.advance(1000);
    for (let token = 0; token < 10; token += 1)
      expect((await stream.next()).value).toMatchObject({ type: 'text' });
    let early = true;
    const eleventh = stream.next().then(() => (early = false));
    await clock.advance(99);
    expect(early).toBe(true);
    await clock.advance(1);
    await eleventh;
  });

  test.each(['tps=100000', 'tps=0'])(
    'takes hardly any time with %s, and lets other work have its turns',
    async (pacing) => {
      let turns = 0;
      let running = true;
      const tick = () => {
        turns += 1;
        if (running) setImmediate(tick);
      };
      setImmediate(tick);
      const startedAt = performance.now();
      const heard = await whole(`ttft=0,chars=200000,${pacing}`, { clock: systemClock });
      running = false;
      expect(heard.text()).toHaveLength(200_000);
      expect(performance.now() - startedAt).toBeLessThan(4000);
      expect(turns).toBeGreaterThan(100);
    },
  );

  test.each(['tps=0', 'tps=50'])(
    'ends at once and silently when it is aborted anywhere (%s)',
    async (pacing) => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: 300 }), async (after) => {
          const clock = createFakeClock({ startMs: 0 });
          const heard = listen(createRehearsalProvider({ clock }), `ttft=100,${pacing}`, {
            clock,
            abortAfter: after,
          });
          await clock.advance(20_000);
          await heard.ended;
          expect(heard.failure).toBeUndefined();
          expect(heard.events).toHaveLength(after);
          expect(clock.pendingTimers).toBe(0);
        }),
        { numRuns: 15 },
      );
    },
  );

  test('needs no time to end when it is aborted while it waits', async () => {
    const clock = createFakeClock({ startMs: 0 });
    for (const shape of ['ttft=5000', 'ttft=1,tps=0.1', 'ttft=1,tps=0,fault=stall@0']) {
      const heard = listen(createRehearsalProvider({ clock }), shape, { clock });
      await clock.advance(100);
      heard.abort();
      await heard.ended;
      expect(heard.failure).toBeUndefined();
    }
    expect(clock.pendingTimers).toBe(0);
  });

  test('says nothing at all when it is aborted before it begins', async () => {
    const heard = await whole('fault=auth', { abortAfter: 0 });
    expect([heard.wire, heard.events, heard.failure]).toEqual([[], [], undefined]);
  });

  test('cuts no surrogate pair, and says what the script says', async () => {
    const heard = await whole('tps=0,seed=1', { scene: { task: '👩‍🍳'.repeat(30) } });
    expect(heard.events.every((event) => !('text' in event) || event.text.isWellFormed())).toBe(true);
    expect(heard.text()).toContain('👩‍🍳');
    expect(heard.text().length).toBeGreaterThan(1000);
  });
});

describe('a rehearsed fault', () => {
  test.each([
    ['truncate@120', 'PROVIDER_TRUNCATED', true, 120],
    ['error@120', 'PROVIDER_UNAVAILABLE', true, 120],
    ['drop@0', 'PROVIDER_UNAVAILABLE', true, 0],
    ['refuse', 'PROVIDER_REFUSED', false, 0],
    ['auth', 'PROVIDER_AUTH', false, 0],
  ])('%s is a %s', async (fault, code, retryable, chars) => {
    const heard = await whole(`tps=0,fault=${fault}`);
    expect(heard.failure).toMatchObject({ code, retryable });
    expect(heard.failure?.message).toMatch(/^Simulated fault: /);
    expect(heard.text()).toHaveLength(chars);
    expect(heard.events.some((event) => event.type === 'finish')).toBe(false);
  });

  test('in a text that is shorter happens at its end', async () => {
    const heard = await whole('tps=0,chars=50,fault=truncate@5000');
    expect([heard.text().length, heard.failure?.code]).toEqual([50, 'PROVIDER_TRUNCATED']);
  });

  test('stall says nothing more, and no byte comes, until it is aborted', async () => {
    const clock = createFakeClock({ startMs: 0 });
    const heard = listen(createRehearsalProvider({ clock }), 'tps=0,reasoning=0,fault=stall@200', { clock });
    await clock.advance(1000);
    const bytes = heard.wire.length;
    await clock.advance(3_600_000);
    expect([heard.text().length, heard.wire.length]).toEqual([200, bytes]);
    heard.abort();
    await heard.ended;
    expect(heard.failure).toBeUndefined();
  });

  test('empty is whole, without a character', async () => {
    const heard = await whole('tps=0,reasoning=0,fault=empty');
    expect(heard.events.map((event) => event.type)).toEqual(['usage', 'finish']);
  });

  test('invalid is a whole review that is not JSON, and nothing to other roles', async () => {
    const review = await whole('tps=0,fault=invalid', { scene: { role: 'reviewer' } });
    expect(review.events.at(-1)?.type).toBe('finish');
    expect(() => JSON.parse(review.text()) as unknown).toThrow(SyntaxError);
    expect((await whole('tps=0,seed=1,fault=invalid')).text()).toBe((await whole('tps=0,seed=1')).text());
  });

  test('with a role and a count happens only there, and only so often', async () => {
    const shape = 'tps=0,fault=coder.error@20x2,fault=tester.refuse';
    const outcome = async (role: string, attempt: number) =>
      (await whole(shape, { scene: { role, attempt } })).failure?.code;
    expect(await outcome('coder', 1)).toBe('PROVIDER_UNAVAILABLE');
    expect(await outcome('coder', 2)).toBe('PROVIDER_UNAVAILABLE');
    expect(await outcome('coder', 3)).toBeUndefined();
    expect(await outcome('architect', 1)).toBeUndefined();
    expect(await outcome('tester', 9)).toBe('PROVIDER_REFUSED');
  });

  test('a shape that cannot be read is a refusal that says why', async () => {
    const heard = await whole('speed=2');
    expect(heard.failure).toMatchObject({ code: 'PROVIDER_REFUSED', retryable: false });
    expect(heard.failure?.message).toMatch(/Unknown rehearsal option "speed"/);
  });
});

interface Heard {
  readonly events: ProviderEvent[];
  readonly wire: string[];
  failure: ProviderFailure | undefined;
  lastTokenAt: number;
  readonly ended: Promise<void>;
  abort(): void;
  text(): string;
  reasoning(): string;
}

interface ListenOptions {
  readonly clock?: FakeClock | typeof systemClock;
  readonly scene?: Partial<RehearsalContext>;
  /** Aborts when so many events have come. */
  readonly abortAfter?: number;
}

function requestOf(model: string, change: Partial<RehearsalContext> = {}): ProviderRequest {
  return {
    model,
    system: 'Hi.',
    messages: [{ role: 'user', text: 'Cook' }],
    rehearsal: { ...scene, ...change },
  };
}

function listen(provider: Provider, model: string, options: ListenOptions): Heard {
  const controller = new AbortController();
  const clock = options.clock ?? systemClock;
  const said = (type: string) =>
    heard.events.map((event) => (event.type === type && 'text' in event ? event.text : '')).join('');
  const events: ProviderEvent[] = [];
  const wire: string[] = [];
  const hear = async () => {
    if (options.abortAfter === 0) controller.abort();
    const call = { signal: controller.signal, onWire: (kind: string) => wire.push(kind) };
    try {
      for await (const event of provider.stream(requestOf(model, options.scene), call)) {
        events.push(event);
        if (event.type === 'text' || event.type === 'reasoning') heard.lastTokenAt = clock.now();
        if (events.length === options.abortAfter) controller.abort();
      }
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error;
      heard.failure = error;
    }
  };
  const heard: Heard = {
    events,
    wire,
    failure: undefined,
    lastTokenAt: 0,
    // A turn later, so that the object is there when the first event comes.
    ended: Promise.resolve().then(hear),
    abort: () => controller.abort(),
    text: () => said('text'),
    reasoning: () => said('reasoning'),
  };
  return heard;
}

async function whole(model: string, options: ListenOptions = {}): Promise<Heard> {
  if (options.clock === undefined) {
    const clock = createFakeClock({ startMs: 0 });
    const heard = listen(createRehearsalProvider({ clock }), model, { ...options, clock });
    await clock.advance(60_000);
    await heard.ended;
    return heard;
  }
  const heard = listen(createRehearsalProvider({ clock: options.clock }), model, options);
  await heard.ended;
  return heard;
}
