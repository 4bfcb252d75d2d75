import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { connect } from '../../client/index.ts';
import { startComposedServer } from '../support/composed-server.ts';

// React Native's engine has neither Promise.withResolvers nor EventTarget, and Safari 17.3 not the first of them.
test('a run is followed without Promise.withResolvers and EventTarget', async () => {
  await using server = await startComposedServer();
  const url = `http://127.0.0.1:${server.port}`;
  await using client = connect({ url });
  const run = await client.start({ task: 'A stack' });
  const program = fileURLToPath(new URL('../support/bare-platform.ts', import.meta.url));
  const args = ['--conditions=@stagewire/source', program, url, run.id];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 15_000 });
  expect(stdout.trim()).toBe('run.queued run.completed');
});
