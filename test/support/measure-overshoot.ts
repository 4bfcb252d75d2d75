import { startComposedServer } from './composed-server.ts';
import {
  startCountingProvider,
  type CountedWire,
  type CountingProviderOptions,
} from './counting-provider.ts';
import { writePricesFile } from './prices-file.ts';
import { allPermissions } from '../../server/identity/principal.ts';
import { until } from './until.ts';
import { isEnded, type RunState, type StartInput } from '@stagewire/shared';

export interface Overshoot {
  readonly state: RunState;
  /** What the provider bills for the run: tokens, and money at the prices of `writePricesFile` in 10^-6. */
  readonly billed: { readonly tokens: number; readonly micros: number };
  readonly requests: number;
  /** The output limit of the first request. */
  readonly limit: number;
}

const via = { chat: 'compatible', responses: 'openai', messages: 'anthropic' } as const;
const principal = {
  actor: { id: 'budget', kind: 'user' },
  owner: 'budget',
  permissions: allPermissions,
} as const;

/** A run with a budget whose model writes without end, by the real SDK of this wire, and what it costs in the end. */
export async function measureOvershoot(
  wire: CountedWire,
  options: CountingProviderOptions & { readonly limits: NonNullable<StartInput['limits']> },
): Promise<Overshoot> {
  await using provider = await startCountingProvider(options);
  const model = `${via[wire]}/endless`;
  await using prices = await writePricesFile(model);
  await using server = await startComposedServer({
    env: {
      STAGEWIRE_PRICES: prices.path,
      COMPATIBLE_BASE_URL: `${provider.url}/v1`,
      OPENAI_BASE_URL: `${provider.url}/v1`,
      OPENAI_API_KEY: 'a-key-of-tests',
      ANTHROPIC_BASE_URL: provider.url,
      ANTHROPIC_API_KEY: 'a-key-of-tests',
    },
  });
  const input: StartInput = {
    task: 'A small queue.',
    models: { default: model },
    pipeline: { roles: ['architect'] },
    limits: options.limits,
  };
  const { runId } = await server.supervisor.start(input, principal);
  const stateNow = () => server.supervisor.state(runId, principal);
  await until(async () => isEnded(await stateNow()), 'the end of the run');
  // What the provider generates until it sees that the connection is closed is billed.
  const isBilled = () => provider.bills.every(({ isClosed, output, limit }) => isClosed || output >= limit);
  await until(isBilled, 'the end of the last answer');
  const state = await stateNow();
  const [first] = provider.bills;
  return {
    state,
    billed: {
      tokens: provider.bills.reduce((sum, bill) => sum + bill.input + bill.output, 0),
      micros: provider.bills.reduce((sum, bill) => sum + bill.input * 2 + bill.output * 8, 0),
    },
    requests: provider.bills.length,
    limit: first?.limit ?? 0,
  };
}
