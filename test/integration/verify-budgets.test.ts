import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { chooseChecks } from '../../cli/verify/all-checks.ts';
import { createVerifyContext } from '../../cli/verify/create-verify-context.ts';
import { pricedShape } from '../../cli/verify/rehearsed-runs.ts';
import { verify } from '../../cli/verify/verify.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { startFrameProxy, type FrameProxyOptions } from '../support/frame-proxy.ts';
import { writePricesFile, type PricesFile } from '../support/prices-file.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';

// `verify` checks the budgets of tokens and of cost against a server that enforces them, and behind a proxy that breaks them.
// Seen red with: a provider without its budget (open-call.ts); an output that is not counted (budgeted-provider.ts).

vi.setConfig({ testTimeout: 60_000 });

let prices: PricesFile;
let server: ServerProcess;
beforeAll(async () => {
  prices = await writePricesFile(`rehearsal/${pricedShape}`);
  server = await startServerProcess({ env: { STAGEWIRE_PRICES: prices.path } });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await prices?.[Symbol.asyncDispose]();
});

async function verified(url: string) {
  const context = await createVerifyContext({ url, clock: systemClock, patienceMs: 5000 });
  const results = await verify(context, {
    checks: chooseChecks(['P78', 'A16']),
    slow: false,
    signal: new AbortController().signal,
    onResult: () => Promise.resolve(),
  });
  const of = (outcome: string) =>
    results.flatMap((result) => (result.outcome === outcome ? [`${result.rule} ${result.name}`] : []));
  return { passed: of('pass'), failed: of('fail'), skipped: of('skip') };
}

const ofTokens =
  'P78 a run that reaches its maxTokens while the model writes keeps the text, and has used as much as the limit';
const ofCost =
  'P78 a run that reaches its maxCost fails with LIMIT_REACHED, and its failure has the cost and the currency';

test('a server with prices enforces the budgets of its runs', async () => {
  const { passed, failed, skipped } = await verified(server.url);
  expect(failed).toEqual([]);
  expect(skipped).toEqual([]);
  expect(passed).toEqual(expect.arrayContaining([ofTokens, ofCost]));
  expect(passed.length).toBeGreaterThan(5);
});

test('one without them rejects a maxCost, and the check of its enforcement is skipped', async () => {
  await using unpriced = await startServerProcess();
  const { failed, skipped } = await verified(unpriced.url);
  expect({ failed, skipped }).toEqual({ failed: [], skipped: [ofCost] });
});

const broken: readonly (readonly [string, FrameProxyOptions['edit'], readonly string[]])[] = [
  [
    'counts too few tokens',
    (message) => [message.replaceAll(/("limit":"maxTokens","used":)\d+/g, '$10')],
    [ofTokens, 'P78 the failure has the limit of the run, and counts what its attempts have used once'],
  ],
  [
    'counts too little cost',
    (message) => [message.replaceAll(/("limit":"maxCost","used":)"[\d.]+"/g, '$1"0"')],
    [ofCost],
  ],
  [
    'names another currency',
    (message) => [message.replaceAll(/("limit":"maxCost".*?"currency":)"USD"/g, '$1"EUR"')],
    [ofCost],
  ],
  [
    'takes the failed attempt for one to be retried',
    (message) => [message.replaceAll('"code":"LIMIT_REACHED"', '"code":"PROVIDER_STALLED"')],
    ['P78 a run that has used its maxTokens fails with LIMIT_REACHED, and its failure has the limit'],
  ],
];

test.each(broken)('a server that %s is found', async (_what, edit, expected) => {
  await using proxy = await startFrameProxy({ targetPort: server.port, edit });
  const { failed } = await verified(proxy.url);
  expect(failed).toEqual(expect.arrayContaining([...expected]));
});
