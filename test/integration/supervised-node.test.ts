import { mkdtemp, rm, symlink, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startSupervisedNode } from '../../cli/cluster/supervised-node.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { until } from '../support/until.ts';

const source = "console.log('Stagewire ready at http://127.0.0.1:4601'); setInterval(() => {}, 1000);";

test('a node that ends while its program is being replaced is started when the program is back', async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'stagewire-node-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const program = join(folder, 'node');
  await symlink(process.execPath, program);
  const pids: number[] = [];
  const lines: string[] = [];
  let ends = 0;
  const node = await startSupervisedNode({
    name: 'node-1',
    port: 4601,
    databaseUrl: 'postgres://unused',
    env: {},
    clock: systemClock,
    command: [program, '-e', source],
    onReady: ({ pid }) => void pids.push(pid),
    onEnded: () => void (ends += 1),
    onLine: (line) => void lines.push(line),
  });
  stack.defer(() => node.stop());
  const killWithoutProgram = async () => {
    await unlink(program);
    process.kill(pids.at(-1) ?? 0, 'SIGKILL');
  };
  await killWithoutProgram();
  await until(
    () => lines.length > 0,
    () => 'the failed start to be reported',
    { timeoutMs: 20_000, intervalMs: 20 },
  );
  expect(lines[0]).toMatch(/^Node node-1 did not start: spawn \S+ ENOENT\nIt is tried again\.$/);
  await symlink(process.execPath, program);
  await until(
    () => pids.length === 2,
    () => `the node to be started again: ${lines.join('\n')}`,
    { timeoutMs: 20_000, intervalMs: 20 },
  );
  expect(ends).toBe(1);
  // It can also be stopped while it cannot be started.
  await killWithoutProgram();
  await until(
    () => lines.length > 1,
    () => 'the failed start to be reported',
    { timeoutMs: 20_000, intervalMs: 20 },
  );
  await node.stop();
  expect(ends).toBe(2);
}, 90_000);
