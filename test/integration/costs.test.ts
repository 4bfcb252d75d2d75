import { connect, costText, isEnding, isTerminal, type RunEvent } from '@stagewire/client';
import { expect, test, vi } from 'vitest';
import { command } from '../support/command-line.ts';
import { writePricesFile } from '../support/prices-file.ts';
import { refusedProcess } from '../support/refused-start.ts';
import { startServerProcess } from '../support/server-process.ts';

// Each test starts several processes.
vi.setConfig({ testTimeout: 60_000 });

const model = 'rehearsal/tps=0,ttft=0';
const slow = 'rehearsal/tps=200,ttft=0,seed=1';

test('a server with a price list says so, and the command line shows what runs cost', async () => {
  await using prices = await writePricesFile(model);
  await using server = await startServerProcess({
    env: { STAGEWIRE_PRICES: prices.path, STAGEWIRE_MODEL: model, STAGEWIRE_MODEL_TESTER: 'rehearsal' },
  });
  expect(server.output()).toContain(
    'Prices: 1 model in USD, of 2026-11-22. Without a price, so that their cost is unknown: rehearsal.\n',
  );
  const env = { STAGEWIRE_URL: server.url };
  const ran = await command(['run', 'a small clock', '--json'], { env });
  const events = ran.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent);
  expect(events.filter(isEnding).every(({ cost }) => cost !== undefined)).toBe(true);
  const total = events.find(isTerminal)?.cost ?? expect.fail();
  expect(total).toMatchObject({ currency: 'USD', unpricedAttempts: 0 });

  await using client = connect({ url: server.url });
  expect((await client.info()).prices).toEqual({ date: '2026-11-22', currency: 'USD' });
  const { runId } = events[0] ?? expect.fail();
  expect((await client.run(runId).result()).cost).toEqual(total);
  const list = await command(['list'], { env });
  expect(list.stdout).toContain(`${runId}  `);
  expect(list.stdout).toContain(`completed, approved  ${costText(total)}  a small clock`);
  expect((await command(['info'], { env })).stdout).toContain('prices   in USD, of 2026-11-22\n');
  expect((await command(['watch', runId], { env })).stdout).toContain(`\ncost    ${costText(total)}\n`);
});

test('the cost of an attempt survives kill -9, and the attempt that was killed is an estimate', async () => {
  await using prices = await writePricesFile(slow);
  const env = { STAGEWIRE_PRICES: prices.path, STAGEWIRE_MODEL: slow };
  await using first = await startServerProcess({ env });
  await using client = connect({ url: first.url });
  const run = await client.start({ task: 'a clock', pipeline: { roles: ['architect', 'coder'] } });
  const before: RunEvent[] = [];
  for await (const event of run.events()) {
    before.push(event);
    if (event.type === 'stage.delta' && event.stage === 2) break;
  }
  await first.stop('SIGKILL');
  await using second = await startServerProcess({ env, dataDir: first.dataDir });
  await using again = connect({ url: second.url });
  await again.run(run.id).cancel();
  const { stages, cost } = await again.run(run.id).result();
  const costs = stages.flatMap(({ attempts }) => attempts.map((attempt) => attempt.cost));
  expect(costs[0]).toEqual(before.find((event) => event.type === 'stage.completed')?.cost);
  expect(costs[1]).toMatchObject({ currency: 'USD', estimated: true });
  expect(costs).not.toContain(undefined);
  const sum = costs.reduce((units, it) => units + Math.round(Number(it?.amount) * 1e12), 0);
  expect(Math.round(Number(cost?.amount) * 1e12)).toBe(sum);
  expect(cost).toMatchObject({ estimated: true, unpricedAttempts: 0 });
});

test('a server with an invalid price list does not start', async () => {
  await using prices = await writePricesFile('gpt');
  expect(await refusedProcess({ STAGEWIRE_PRICES: prices.path })).toMatch(
    /^STAGEWIRE_PRICES: models of .*prices\.json: "gpt" is not a valid model: unknown or missing provider\./,
  );
});
