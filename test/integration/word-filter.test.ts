import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, fold, type RunState } from '@stagewire/client';
import { expect, test, vi } from 'vitest';
import { createProviderServer } from '../support/provider-server.ts';
import { startServerProcess } from '../support/server-process.ts';
import { startProgram } from '../support/started-program.ts';

// A server and bots: processes of their own, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

// A bot that keeps the text in its memory only does not see a word that began before it was killed.
test('examples/word-filter.ts finds a word of which a part was written before kill -9', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stagewire-word-filter-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const cursorFile = join(folder, 'bot.cursor');
  await using provider = await createProviderServer({
    answer: { tokens: ['nicator'], fault: { kind: 'stall', afterDeltas: 1 } },
  });
  provider.enqueue({ tokens: ['A frob', ''], fault: { kind: 'stall', afterDeltas: 1 } });
  await using server = await startServerProcess({
    env: {
      STAGEWIRE_MODEL: 'rehearsal/ttft=0,tps=0',
      STAGEWIRE_MODEL_CODER: 'compatible/test-model',
      COMPATIBLE_BASE_URL: `${provider.url}/v1`,
    },
  });
  const startBot = () =>
    startProgram(process.execPath, {
      args: ['--conditions=@stagewire/source', 'examples/word-filter.ts', 'frobnicator', cursorFile],
      env: { STAGEWIRE_URL: server.url },
    });
  await using first = startBot();
  await first.says(/Watching all runs from/);
  await using stagewire = connect({ url: server.url });
  const run = await stagewire.start({ task: 'A gadget', pipeline: { roles: ['coder'] } });
  const other = await stagewire.start({ task: 'A gadget', models: { coder: 'rehearsal/ttft=0,tps=0' } });
  await other.result();
  let state: RunState | undefined;
  for await (const event of run.events()) {
    state = fold(state, event);
    if (event.type === 'stage.delta') break;
  }
  // The feed sends text up to 250 ms later than the run; this event comes behind it.
  const marker = await stagewire.start({ task: 'Marker', models: { default: 'rehearsal/ttft=0,tps=0' } });
  await marker.result();
  const { feedCursor } = await stagewire.list({ limit: 1 });
  await expect.poll(() => readFile(cursorFile, 'utf8'), { timeout: 20_000 }).toBe(feedCursor);
  first.signal('SIGKILL');
  await first.exitCode;

  await run.steer('Go on.', { mode: 'continue', expect: 'any' });
  await using second = startBot();
  await second.says(new RegExp(`Resuming after ${feedCursor}`));
  const { status, stages, commands } = await run.result();
  expect(stages[0]?.attempts.map(({ text }) => text)).toEqual(['A frob', 'A frobnicator']);
  expect(status).toBe('cancelled');
  expect(commands.map(({ command }) => command.kind)).toEqual(['steer', 'cancel']);
  await second.says(new RegExp(`${run.id}: accepted`));
  expect(second.output()).not.toContain(other.id);
});
