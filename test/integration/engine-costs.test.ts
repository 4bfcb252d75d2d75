import { isEnding, isTerminal, type Cost, type DurableEvent, type Usage } from '@stagewire/shared';
import { allInvariants } from '@stagewire/shared/invariants/all-invariants';
import { describe, expect, test } from 'vitest';
import { costOf, type PriceList } from '../../server/providers/price-list.ts';
import { createEngine, settle } from '../support/engine.ts';
import { accept, answer, block, revive, steer, type Scene } from '../support/scene.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

// One token of output costs 0.000001, input is free: an amount is the number of output tokens.

const prices = (more: Partial<PriceList> = {}): PriceList => ({
  date: '2026-11-22',
  currency: 'USD',
  models: new Map([['rehearsal', { input: 0n, cachedInput: 0n, output: 1_000_000n }]]),
  ...more,
});

const pricedBy = (list: PriceList | undefined) =>
  list === undefined
    ? {}
    : { costOf: (modelRef: string, usage: Usage): Cost | undefined => costOf(list, modelRef, usage) };

async function start(list: PriceList | undefined, models?: Record<string, string>): Promise<Scene> {
  const provider = createScriptedProvider();
  const engine = createEngine({ provider, ...pricedBy(list) });
  const runId = await engine.start({
    pipeline: { roles: ['architect', 'coder'] },
    ...(models === undefined ? {} : { models }),
  });
  return { provider, engine, runId };
}

/** The endings of its attempts with their cost, and what the run costs by its state, its last event and its summary. */
async function costs({ engine, runId }: Scene) {
  const events = await engine.events(runId);
  const state = await settle(engine.clock, engine.state(runId));
  const [summary] = await engine.log.list({ limit: 1 });
  for (const invariant of Object.values(allInvariants)) expect(invariant(events)).toEqual([]);
  const total = state.cost;
  expect(events.findLast(isTerminal)?.cost).toEqual(total);
  expect(summary?.cost).toEqual(total);
  return {
    attempts: events.filter(isEnding).map(inWords),
    stages: state.stages.map(({ cost }) => cost),
    total,
  };
}

const inWords = (event: Extract<DurableEvent, { usage: Usage; cost?: Cost | undefined }>) =>
  `${event.type} ${event.cost === undefined ? 'unknown' : event.cost.amount}`;

/** The open attempt reports this many tokens of output, and goes on. */
function use({ provider }: Scene, outputTokens: number): void {
  provider.call.headers();
  provider.call.use({ inputTokens: 5, outputTokens, reasoningTokens: 0, source: 'final' });
}

async function complete(scene: Scene, text: string, outputTokens: number): Promise<void> {
  use(scene, outputTokens);
  await answer(scene, text);
}

const usd = (amount: string, unpricedAttempts = 0) => ({ amount, currency: 'USD', unpricedAttempts });

describe('the cost of a run', () => {
  test('is the sum of its attempts, however each of them ended', async () => {
    const scene = await start(prices());
    use(scene, 10);
    await accept(scene, steer('shorter'));
    await complete(scene, 'a plan', 20);
    use(scene, 40);
    scene.provider.call.fail('PROVIDER_UNAVAILABLE');
    await scene.engine.clock.advance(60_000);
    await complete(scene, block(), 80);
    expect(await costs(scene)).toEqual({
      attempts: [
        'stage.interrupted 0.00001',
        'stage.completed 0.00002',
        'stage.failed 0.00004',
        'stage.completed 0.00008',
      ],
      stages: [usd('0.00003'), usd('0.00012')],
      total: usd('0.00015'),
    });
  });

  test('is in the events that cancel and fail it', async () => {
    const cancelled = await start(prices());
    use(cancelled, 10);
    await accept(cancelled, { kind: 'cancel', target: 'run' });
    expect(await costs(cancelled)).toMatchObject({
      attempts: ['stage.cancelled 0.00001'],
      total: usd('0.00001'),
    });

    const failed = await start(prices());
    await complete(failed, 'a plan', 20);
    use(failed, 10);
    failed.provider.call.fail('PROVIDER_AUTH', { retryable: false });
    await failed.engine.clock.runTurns();
    expect(await costs(failed)).toMatchObject({
      attempts: ['stage.completed 0.00002', 'stage.failed 0.00001'],
      total: usd('0.00003'),
    });
  });

  test('of a call that was refused before its answer began is 0', async () => {
    const scene = await start(prices());
    scene.provider.call.fail('PROVIDER_AUTH', { retryable: false });
    await scene.engine.clock.runTurns();
    expect(await costs(scene)).toMatchObject({ attempts: ['stage.failed 0'], total: usd('0') });
  });

  test('is absent without a price list, and if the list has none of its models', async () => {
    for (const list of [undefined, prices({ models: new Map() })]) {
      const scene = await start(list);
      await complete(scene, 'a plan', 20);
      await complete(scene, block(), 40);
      const unknown = 'stage.completed unknown';
      expect(await costs(scene)).toEqual({
        attempts: [unknown, unknown],
        stages: [undefined, undefined],
        total: undefined,
      });
    }
  });

  test('counts the attempts of models that have no price', async () => {
    const scene = await start(prices(), { default: 'rehearsal', architect: 'rehearsal/tps=0' });
    await complete(scene, 'a plan', 20);
    await complete(scene, block(), 40);
    expect(await costs(scene)).toEqual({
      attempts: ['stage.completed unknown', 'stage.completed 0.00004'],
      stages: [undefined, usd('0.00004')],
      total: usd('0.00004', 1),
    });
  });

  test('is an estimate if the tokens of an attempt are', async () => {
    const scene = await start(prices());
    await answer(scene, 'four tokens, or so');
    await complete(scene, block(), 40);
    const { total } = await costs(scene);
    expect(total).toEqual({ ...usd('0.000045'), estimated: true });
  });

  test('keeps the prices that an attempt was paid with, after a restart with others', async () => {
    const scene = await start(prices());
    await complete(scene, 'a plan', 20);
    const cheaper = new Map([['rehearsal', { input: 0n, cachedInput: 0n, output: 1000n }]]);
    const list = prices({ date: '2027-01-01', models: cheaper });
    const after = await revive(scene, pricedBy(list));
    await complete(after, block(), 7);
    const events = await after.engine.events(after.runId);
    expect(events.filter(isEnding).map(({ cost }) => [cost?.pricesOf, cost?.estimated])).toEqual([
      ['2026-11-22', undefined],
      // The crash: it had written nothing.
      ['2027-01-01', true],
      ['2027-01-01', undefined],
    ]);
    expect(await costs(after)).toMatchObject({ total: { ...usd('0.000020007'), estimated: true } });
  });

  test('does not add two currencies', async () => {
    const scene = await start(prices());
    await complete(scene, 'a plan', 20);
    const after = await revive(scene, pricedBy(prices({ currency: 'EUR' })));
    await complete(after, block(), 40);
    expect(await costs(after)).toMatchObject({ total: usd('0.00002', 2) });
  });

  test('of attempts from before the prices is unknown', async () => {
    const scene = await start(undefined);
    await complete(scene, 'a plan', 20);
    const after = await revive(scene, pricedBy(prices()));
    await complete(after, block(), 40);
    expect(await costs(after)).toMatchObject({ total: usd('0.00004', 1) });
  });
});
