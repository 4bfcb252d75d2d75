import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connect } from '../../client/index.ts';
import type { LoadReport } from '../../cli/load/load-report.ts';
import { command, startCommand } from '../support/command-line.ts';
import { onEvents, startFrameProxy } from '../support/frame-proxy.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';

// Several processes on few cores.
vi.setConfig({ testTimeout: 60_000 });

const model = 'rehearsal/ttft=20,tps=500,chars=200,reasoning=40,seed=3';

let server: ServerProcess;
beforeAll(async () => {
  server = await startServerProcess();
});
afterAll(() => server[Symbol.asyncDispose]());

function words(line: string): string[] {
  return line.split(/\s+/);
}

/** A file for the report, and a way to read it. */
async function reportFile() {
  const folder = await mkdtemp(join(tmpdir(), 'stagewire-load-'));
  const path = join(folder, 'out.json');
  return {
    path,
    read: async () => JSON.parse(await readFile(path, 'utf8')) as LoadReport,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** On a machine that leaves the generator too little, a result is rightly not valid: then it is tried again. */
const again = { retry: 3 };

test('ten runs under every disturbance: nothing lost, nothing twice, thresholds met', again, async () => {
  await using file = await reportFile();

  const { code, stdout, stderr } = await command(
    words(`load --runs 10 --concurrency 5 --subscribers 3 --model ${model} --warmup 300ms
      --steer 20% --cancel 20% --drop 20% --drop-every 400ms --slow 10%
      --threshold lost:count==0 --threshold duplicated:count==0 --threshold after_end:count==0
      --threshold time_to_first_token:p95<10s --threshold cancel_to_silence:count>0 --json ${file.path}`),
    { env: { STAGEWIRE_DATA_DIR: server.dataDir } },
  );

  const report = await file.read();
  expect({ code, stderr, broken: report.broken, errors: report.errors }).toEqual({
    code: 0,
    stderr: '',
    broken: [],
    errors: {},
  });
  expect(report.thresholds.every(({ met }) => met)).toBe(true);
  expect(report.counters).toMatchObject({
    runs_started: 10,
    lost: 0,
    duplicated: 0,
    text_mismatches: 0,
    runs_failed: 0,
  });
  expect(report.counters.runs_completed + report.counters.runs_cancelled).toBe(10);
  expect(report.counters.runs_cancelled).toBeGreaterThan(0);
  expect(report.counters.dropped_sockets).toBeGreaterThan(0);
  expect(report.counters.reconnects).toBeGreaterThan(0);
  expect(report.counters.delivered).toBeGreaterThan(1000);
  expect(report.trends.token_gap.count).toBeGreaterThan(100);
  expect(report.trends.resume.count).toBeGreaterThan(0);
  // Found by the data directory: the real process, with real numbers.
  expect(report.usage.server?.pid).toBe(server.child.pid);
  expect(report.usage.server?.rssBytesAtMost).toBeGreaterThan(10 * 1024 * 1024);
  expect(stdout).toContain('All thresholds met.');
});

test('a threshold that is missed ends with 99, and says by how much', again, async () => {
  const args = ['load', '--url', server.url, '--runs', '2', '--model', model, '--warmup', '0s'];

  const { code, stdout } = await command([...args, '--threshold', 'time_to_first_token:p50<1us']);

  expect(stdout).toMatch(/missed {2}time_to_first_token:p50<1us {2}\([\d.,]+ ms\)/);
  expect(stdout).toContain('1 of 1 thresholds were not met.');
  expect(code).toBe(99);
});

test('a server that leaves out one delta is seen, though the client heals it', async () => {
  await using file = await reportFile();
  await using lossy = await startFrameProxy({
    targetPort: server.port,
    edit: onEvents('stage.delta', (event) => (event.seq > 12 ? [] : [event]), 1),
  });
  const args = [
    'load',
    '--url',
    lossy.url,
    '--runs',
    '3',
    '--model',
    model,
    '--warmup',
    '0s',
    '--json',
    file.path,
  ];

  const { code, stdout } = await command(args);

  const { counters, broken } = await file.read();
  expect(counters.lost).toBeGreaterThan(0);
  expect(counters).toMatchObject({ text_mismatches: 0, duplicated: 0, runs_completed: 3 });
  expect(broken).toEqual(['lost']);
  expect(stdout).toContain('Must be 0, but is not: lost ');
  expect(code).toBe(1);
});

test('a server that sends a delta twice is seen', async () => {
  await using twice = await startFrameProxy({
    targetPort: server.port,
    edit: onEvents('stage.delta', (event) => [event, event], 2),
  });
  const args = ['load', '--url', twice.url, '--runs', '2', '--model', model, '--warmup', '0s'];

  const { code, stdout } = await command([...args, '--threshold', 'duplicated:count==0']);

  expect(stdout).toMatch(/missed {2}duplicated:count==0/);
  expect(code).toBe(99);
});

test('Ctrl-C ends it with the report so far, and cancels its runs', async () => {
  await using load = startCommand([
    'load',
    '--url',
    server.url,
    '--rate',
    '10/s',
    '--model',
    'rehearsal/tps=20,chars=9000',
    '--warmup',
    '0s',
  ]);
  await using client = connect({ url: server.url });
  await expect
    .poll(async () => (await client.list({ status: ['running'] })).items.length, { timeout: 20_000 })
    .toBeGreaterThan(2);

  load.signal('SIGINT');

  expect(await load.ended).toBe(130);
  expect(load.stderr).toContain('Ending the load test and cancelling and deleting its runs.');
  expect(load.stdout).toContain('Ended early');
  const { items } = await client.list({ status: ['queued', 'running'] });
  expect(items).toEqual([]);
  expect((await client.list({ labels: { source: 'stagewire-load' } })).items).toEqual([]);
});

test('with --leave-runs they go on', async () => {
  await using load = startCommand(
    words(`load --url ${server.url} --runs 2 --model rehearsal/tps=20,chars=9000 --warmup 0s --leave-runs`),
  );
  await using client = connect({ url: server.url });
  const running = async () => (await client.list({ status: ['running'] })).items;
  await expect.poll(async () => (await running()).length, { timeout: 20_000 }).toBe(2);

  load.signal('SIGINT');

  expect(await load.ended).toBe(130);
  expect(load.stderr).toContain('Ending the load test and leaving its runs active.');
  const left = await running();
  expect(left.length).toBe(2);
  await Promise.all(left.map(({ runId }) => client.run(runId).cancel()));
});

test.each([
  [['--url', 'http://192.0.2.1:4600'], 'is not on this machine'],
  [['--url', 'http://127.0.0.1:1'], 'No Stagewire server responds at http://127.0.0.1:1'],
  [['--threshold', 'speed:p99<1ms'], 'Unknown metric "speed"'],
])('%j is refused with a sentence', async (args, sentence) => {
  const { code, stderr } = await command(['load', ...args]);
  expect(stderr).toContain(sentence);
  expect(code).toBe(1);
});
