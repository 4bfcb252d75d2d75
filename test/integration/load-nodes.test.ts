import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { LoadReport } from '../../cli/load/load-report.ts';
import { codeBlockBelow } from '../support/code-blocks.ts';
import { command } from '../support/command-line.ts';
import { onEvents, startFrameProxy } from '../support/frame-proxy.ts';
import { startNodeProcess, type NodeProcess } from '../support/node-processes.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { isLong } from '../guarantees/sizes.ts';
import { textOf } from '../support/source-tree.ts';
import { startServerProcess } from '../support/server-process.ts';

// Load and verify over the addresses of several nodes: the same laws, whichever node answers.

vi.setConfig({ testTimeout: 90_000, hookTimeout: 40_000 });

const model = 'rehearsal/ttft=20,tps=500,chars=200,reasoning=40,seed=3';

describePostgres((database) => {
  let nodes: readonly [NodeProcess, NodeProcess];
  beforeAll(async () => {
    const schema = database.nextSchema();
    const env = { STAGEWIRE_HEARTBEAT_MS: '250' };
    const start = (name: string) => startNodeProcess({ database, schema, name, env });
    nodes = await Promise.all([start('a'), start('b')]);
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
  });

  /** A command of the document, with the addresses of these nodes. */
  const documented = (kit: string) => {
    const lines = codeBlockBelow(textOf('docs/LOAD.md'), 'Several nodes', 'sh').split('\n');
    const line = lines.find((it) => it.startsWith(`npx stagewire ${kit} `)) ?? '';
    const [a, b] = nodes;
    return line
      .replace('http://127.0.0.1:4601', a.server.url)
      .replace('http://127.0.0.1:4602', b.server.url)
      .split(' ')
      .slice(2);
  };

  // On a machine that leaves the generator too little, a result is rightly not valid: then it is tried again.
  test('load spreads over both nodes, and finds the same at both', { retry: 2 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stagewire-load-'));
    const path = join(folder, 'out.json');
    const options = ['--runs', '10', '--concurrency', '5', '--model', model, '--warmup', '0s'];
    const more = ['--cancel', '60%', '--drop-every', '300ms', '--json', path];
    const { code, stdout, stderr } = await command([...documented('load'), ...options, ...more]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const report = JSON.parse(await readFile(path, 'utf8')) as LoadReport;
    await rm(folder, { recursive: true });
    const [head = ''] = codeBlockBelow(textOf('docs/LOAD.md'), 'Several nodes', '').split('\n');
    const columns = (line: string) => line.trim().split(/ {2,}/);
    expect(stdout.split('\n').map(columns)).toContainEqual(columns(head));
    expect(report.addresses.map(({ counters }) => counters.runs_started)).toEqual([5, 5]);
    expect(report.counters).toMatchObject({
      runs_started: 10,
      receipt_mismatches: 0,
      feed_mismatches: 0,
      stale_epochs: 0,
    });
    for (const { counters, trends } of report.addresses) {
      expect(counters.frames).toBeGreaterThan(50);
      expect(trends.time_to_first_token.count).toBeGreaterThan(0);
    }
    expect(report.counters.steers_applied + report.counters.runs_cancelled).toBeGreaterThan(0);
  });

  test('a node that sends the feed in another order, or other receipts, is found', async () => {
    const [a, b] = nodes;
    await using odd = await startFrameProxy({
      targetPort: b.port,
      edit: onEvents('run.planned', () => [], 1),
      editBody: (body) => body.replace(/^(\{"result":\{"data":\{.*"cursor":")\d+-/, '$19-'),
    });
    const args = ['load', '--url', a.server.url, '--url', odd.url, '--runs', '2', '--model', model];
    const { code, stdout } = await command([...args, '--warmup', '0s', '--drain', '2s']);
    expect(stdout).toMatch(/feed_mismatches +[1-9]/);
    expect(stdout).toMatch(/receipt_mismatches +[1-9]/);
    expect(code).toBe(1);
  });

  test('verify holds every rule across both nodes', async () => {
    const { code, stdout, stderr } = await command([
      ...documented('verify'),
      ...(isLong ? [] : ['--only', 'A25,C1,C3,D5,R2,P68']),
    ]);
    expect(stdout).not.toContain('FAIL');
    expect(stdout).not.toContain('it needs several nodes');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test.each(['load', 'verify'])('%s rejects addresses that are not nodes of one cluster', async (kit) => {
    const [a] = nodes;
    await using other = await startServerProcess();
    const { code, stderr } = await command([kit, '--url', a.server.url, '--url', other.url]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${other.url} does not have a run that was started at ${a.server.url}`);
    if (kit === 'verify') return;
    const twice = await command([kit, '--url', a.server.url, '--url', `${a.server.url}/`]);
    expect(twice.stderr).toMatch(/--url has .* twice/);
    const gone = await command([kit, '--url', a.server.url, '--url', 'http://127.0.0.1:1']);
    expect(gone.stderr).toContain('No Stagewire server responds at http://127.0.0.1:1');
  });
});
