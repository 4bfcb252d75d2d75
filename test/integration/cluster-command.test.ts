import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findPostgresPackage } from '../../cli/cluster/postgres-binaries.ts';
import { withoutOwnVariables } from '../support/server-process.ts';
import { projectRoot } from '../support/source-tree.ts';
import { statusOf, finishRun } from '../support/killed-data-dir.ts';
import { until } from '../support/until.ts';

const isInstalled = findPostgresPackage(import.meta.url) !== undefined || process.env['CI'] === 'true';

test.skipIf(!isInstalled)(
  '`stagewire cluster` starts nodes on a PostgreSQL of its own, and Ctrl-C stops all of them',
  { timeout: 200_000 },
  async () => {
    await using stack = new AsyncDisposableStack();
    const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-cluster-'));
    stack.defer(() => rm(dataDir, { recursive: true, force: true }));
    const first = await startCluster(dataDir);
    stack.defer(() => rm(first.folder, { recursive: true, force: true }));
    stack.defer(() => void first.child.kill('SIGKILL'));
    // One after the other at each node, through the balancer.
    await finishRun(first, 'run_by-one-node');
    expect(await statusOf(first, 'run_by-one-node')).toBe('completed');
    expect(await statusOf(first, 'run_by-one-node')).toBe('completed');
    first.child.kill('SIGINT');
    await once(first.child, 'exit');
    expect(first.child.exitCode).toBe(0);
    expect(first.output()).toMatch(/node-1 has ended/);
    expect(first.output()).toMatch(/node-2 has ended/);

    const second = await startCluster(dataDir);
    stack.defer(() => void second.child.kill('SIGKILL'));
    expect(second.folder).toBe(first.folder);
    expect(await statusOf(second, 'run_by-one-node')).toBe('completed');
    // A node that ends is started again.
    const killed = Number(/node-1 ready at .* \(process (\d+)\)/.exec(second.output())?.[1]);
    process.kill(killed, 'SIGKILL');
    await until(
      () => (second.output().match(/node-1 ready/g) ?? []).length === 2,
      () => `node-1 to be started again: ${second.output()}`,
      { timeoutMs: 60_000, intervalMs: 20 },
    );
    // Its nodes and its engine stay; the next command ends the nodes, uses the engine, and stops that in the end.
    second.child.kill('SIGKILL');
    await once(second.child, 'exit');
    const third = await startCluster(dataDir);
    stack.defer(() => void third.child.kill('SIGKILL'));
    expect(third.output()).toMatch(/Ended node-2 of an earlier command/);
    expect(await statusOf(third, 'run_by-one-node')).toBe('completed');
    third.child.kill('SIGTERM');
    await once(third.child, 'exit');
    expect(third.child.exitCode).toBe(0);
    expect(existsSync(join(third.folder, 'data/postmaster.pid'))).toBe(false);
  },
);

async function startCluster(dataDir: string) {
  const args = ['--conditions=@stagewire/source', 'cli/stagewire.ts', 'cluster', '--port', '0'];
  const env = { STAGEWIRE_DATA_DIR: dataDir, STAGEWIRE_MODEL: 'rehearsal/tps=0,ttft=0' };
  const child = spawn(process.execPath, args, {
    cwd: projectRoot,
    env: { ...withoutOwnVariables(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const found = (pattern: RegExp) => pattern.exec(output)?.[1];
  await until(
    () => found(/^Stagewire ready at (\S+)$/m) !== undefined,
    () => `the cluster to be ready: ${output}`,
    { timeoutMs: 90_000, intervalMs: 20 },
  );
  const folder = found(/its data is in (\S+)$/m) ?? '';
  return { child, url: found(/^Stagewire ready at (\S+)$/m) ?? '', folder, output: () => output };
}
