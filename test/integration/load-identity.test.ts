import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { connect } from '../../client/index.ts';
import { createFigures } from '../../cli/load/figures.ts';
import { createForeignCallers } from '../../cli/load/foreign-callers.ts';
import type { LoadReport } from '../../cli/load/load-report.ts';
import { startApp } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';
import { command } from '../support/command-line.ts';
import { startKeyedApp } from '../support/keyed-app.ts';

const load = [
  'load',
  '--runs',
  '3',
  '--warmup',
  '0s',
  '--model',
  'rehearsal/ttft=0,tps=0,chars=100',
  '--json',
];

test('load tries to reach its runs without a token and as another owner, and revokes the key that it has made', async () => {
  await using app = await startKeyedApp();
  const admin = await app.key({ name: 'ada', permissions: ['admin'] });
  const { code, stdout } = await command(load, {
    env: { STAGEWIRE_URL: app.url, STAGEWIRE_TOKEN: admin.token },
  });
  const { counters, broken, errors } = JSON.parse(stdout) as LoadReport;
  // Two calls by each of the two callers, for each run.
  expect({ foreign_calls: counters.foreign_calls, broken, errors, code }).toEqual({
    foreign_calls: 12,
    broken: [],
    errors: {},
    code: 0,
  });
  await using client = connect({ url: app.url, token: admin.token });
  const made = (await client.procedures.keys.list(undefined)).filter(({ name }) => name === 'stagewire load');
  expect(made).toMatchObject([{ revokedAt: expect.any(String) as string }]);
});

test('a caller that may not create keys tries without a token only', async () => {
  await using app = await startKeyedApp();
  const user = await app.key({ name: 'ada' });
  const { stdout } = await command(load, { env: { STAGEWIRE_URL: app.url, STAGEWIRE_TOKEN: user.token } });
  expect((JSON.parse(stdout) as LoadReport).counters).toMatchObject({
    foreign_calls: 6,
    foreign_accesses: 0,
  });
});

test('a server that says that it authenticates, and lets everyone in, is found', async () => {
  await using stack = new AsyncDisposableStack();
  const config = readConfig({
    STAGEWIRE_PORT: '0',
    STAGEWIRE_LOG: 'memory',
    STAGEWIRE_MODEL: 'rehearsal/tps=5',
  });
  const app = await startApp({ config });
  stack.defer(() => app.close());
  const control = stack.use(connect({ url: app.url }));
  const run = await control.start({ task: 'Build it', runId: `run_${randomUUID()}` });
  const info = { ...(await control.info()), auth: ['keys' as const], you: null };
  const callers = stack.use(await createForeignCallers({ url: app.url, info, control }));
  const figures = createFigures();
  await callers.tryRun(run.id, figures);
  expect(figures.counters()).toMatchObject({ foreign_calls: 2, foreign_accesses: 2, errors: 0 });
});
