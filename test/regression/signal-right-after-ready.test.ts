import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { spawnServer } from '../support/server-process.ts';

// The server said that it was ready before it listened to signals: a SIGTERM that came at once killed it unprepared.
test('a server that is told to stop as soon as it says that it is ready stops in order', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-signal-'));
  for (let start = 0; start < 2; start += 1) {
    const { child, output } = spawnServer({
      STAGEWIRE_PORT: '0',
      STAGEWIRE_DATA_DIR: dataDir,
      STAGEWIRE_MODEL: 'rehearsal',
      STAGEWIRE_DRAIN_MS: '1000',
    });
    child.stdout?.on('data', () => {
      if (output().includes('Stagewire ready')) child.kill('SIGTERM');
    });
    await once(child, 'exit');
    expect(output()).toContain('Stopping');
    expect(child.exitCode).toBe(0);
  }
  await rm(dataDir, { recursive: true, force: true });
}, 40_000);
