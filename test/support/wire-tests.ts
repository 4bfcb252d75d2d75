import { afterAll, beforeAll, expect, test } from 'vitest';
import { isEnding, type DurableEvent } from '@stagewire/shared';
import type { WireCase, WireExpectation } from './wire-case.ts';
import { startWireScene } from './wire-scene.ts';
import type { WireOutcome, WireScene, WireSceneOptions } from './wire-scene.ts';

/** One test per case, all against one server. */
export function testWireCases(cases: readonly WireCase[], options: WireSceneOptions = {}): void {
  let scene: WireScene | undefined;
  beforeAll(async () => {
    scene = await startWireScene(options);
  });
  afterAll(() => scene?.[Symbol.asyncDispose]());
  test.each(cases.map((it) => [it.name, it] as const))('%s', async (_, wireCase) => {
    if (scene === undefined) throw new Error('there is no server');
    const got = outcomeOf(await scene.play(wireCase), wireCase.right);
    expect(got).toEqual({ ...got, ...expectedOf(wireCase.right) });
  });
}

/** The right values in the form of `outcomeOf`. */
function expectedOf(right: WireExpectation): Readonly<Record<string, unknown>> {
  const { usage, source, cost, reason, waitMs, says, never, lastRequest, ...plain } = right;
  return {
    ...plain,
    ...(usage === undefined
      ? {}
      : { usage: [usage[0], usage[1], usage[2] ?? 0, usage[3] ?? 0], source: source ?? 'final' }),
    ...(source === undefined ? {} : { source }),
    ...(cost === undefined ? {} : { cost: typeof cost === 'string' ? cost : expect.stringMatching(cost) }),
    ...(reason === undefined
      ? {}
      : { reason: typeof reason === 'string' ? reason : expect.toBeOneOf([...reason]) }),
    ...(waitMs === undefined ? {} : { waits: 'as told' }),
    ...(says === undefined ? {} : { message: expect.stringMatching(says) }),
    ...(never === undefined ? {} : { message: expect.not.stringMatching(never) }),
    ...(says === undefined || never === undefined
      ? {}
      : { message: expect.toSatisfy((text: string) => says.test(text) && !never.test(text)) }),
    ...(lastRequest === undefined ? {} : { lastRequestIsRight: true }),
  };
}

function outcomeOf(
  { events, requests }: WireOutcome,
  right: WireExpectation,
): Readonly<Record<string, unknown>> {
  const end = events.at(-1);
  const last = requests.at(-1);
  const textOf = (type: 'stage.delta' | 'stage.reasoning') =>
    events.map((event) => (event.type === type ? event.text : '')).join('');
  return {
    ends: endOf(end),
    text: textOf('stage.delta'),
    reasoning: textOf('stage.reasoning'),
    calls: requests.length,
    ...(end !== undefined && 'usage' in end && end.usage !== undefined
      ? {
          usage: [
            end.usage.inputTokens,
            end.usage.outputTokens,
            end.usage.cachedInputTokens ?? 0,
            end.usage.reasoningTokens ?? 0,
          ],
          source: end.usage.source,
          written: end.usage.cacheWriteInputTokens ?? 0,
        }
      : {}),
    cost: costOf(end),
    ...(end?.type === 'stage.completed' ? { finish: end.finishReason } : {}),
    ...(end?.type === 'stage.failed' || end?.type === 'run.failed' ? end.failure : {}),
    ...(end?.type === 'stage.failed' ? { waits: waitsOf(end.retryInMs, right.waitMs) } : {}),
    ...(right.lastRequest === undefined
      ? {}
      : { lastRequestIsRight: (last !== undefined && right.lastRequest(last)) || last?.body }),
  };
}

function costOf(end: DurableEvent | undefined): string {
  if (end === undefined || !isEnding(end) || end.cost === undefined) return 'none';
  return `${end.cost.estimated === true ? 'about ' : ''}${end.cost.amount}`;
}

function endOf(end: DurableEvent | undefined): string {
  if (end?.type === 'stage.completed') return 'completed';
  return end?.type === 'stage.interrupted' ? 'cut' : 'failed';
}

function waitsOf(waitMs: number | undefined, told: WireExpectation['waitMs']): unknown {
  if (told === undefined || waitMs === undefined) return waitMs;
  return waitMs >= told[0] && waitMs <= told[1] ? 'as told' : waitMs;
}
