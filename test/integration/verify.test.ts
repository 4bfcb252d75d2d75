import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { connect } from '../../client/index.ts';
import { chooseChecks } from '../../cli/verify/all-checks.ts';
import type { VerifyReport } from '../../cli/verify/command-verify.ts';
import { createVerifyContext } from '../../cli/verify/create-verify-context.ts';
import { verify } from '../../cli/verify/verify.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { command, startCommand } from '../support/command-line.ts';
import { onEvents, startFrameProxy, type FrameProxyOptions } from '../support/frame-proxy.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';

// It begins dozens of runs, some of which wait for seconds on purpose.
vi.setConfig({ testTimeout: 90_000 });

/** Quick heartbeats, so that two checks need not wait for slow ones. */
const env = { STAGEWIRE_HEARTBEAT_MS: '250' };

test('the real server holds every rule that can be seen from outside', async () => {
  await using server = await startServerProcess({ env });

  const { code, stdout, stderr } = await command(['verify', '--url', server.url]);

  expect(stdout).not.toContain('FAIL');
  expect(stdout).toMatch(/\n\d+ passed, 0 failed, \d+ skipped\.\n$/);
  expect(Number(/(\d+) passed/.exec(stdout)?.[1])).toBeGreaterThan(100);
  // Not one is skipped for another reason than that nobody can see it from outside, or that there are no keys.
  const skipped = stdout
    .match(/^.* skip .*$/gm)
    ?.filter((line) => !/(?:requires no authentication|the URL of each with --url)$/.test(line));
  expect(skipped?.length).toBeLessThan(30);
  expect(stdout).toMatch(/ skip D2 .*: the server would have to be killed/);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  // It has deleted its runs.
  await using client = connect({ url: server.url });
  expect((await client.list()).items).toEqual([]);
});

test('Ctrl-C deletes the runs of the checks, too, and --keep keeps them until they are deleted with --verify', async () => {
  await using server = await startServerProcess({ env });
  await using client = connect({ url: server.url });
  const all = async () => (await client.list({ search: 'run_verify-' })).items.length;

  const interrupted = startCommand(['verify', '--url', server.url, '--json']);
  await expect.poll(all, { timeout: 30_000 }).toBeGreaterThan(2);
  interrupted.signal('SIGINT');
  expect(await interrupted.ended).toBe(130);
  const report = JSON.parse(interrupted.stdout) as VerifyReport;
  expect(report.interrupted).toBe(true);
  expect(report.runs.deleted).toBe(report.runs.started);
  expect(await all()).toBe(0);

  await command(['verify', '--url', server.url, '--only', 'R3,K4', '--keep']);
  expect(await all()).toBeGreaterThan(0);
  const deleted = await command(['delete', '--verify', '--yes'], { env: { STAGEWIRE_URL: server.url } });
  expect({ code: deleted.code, stderr: deleted.stderr }).toEqual({ code: 0, stderr: '' });
  expect(await all()).toBe(0);
});

/** What a broken server does, and the rule that it breaks. */
const broken: readonly (readonly [string, string, () => FrameProxyOptions['edit']])[] = [
  ['sends a delta twice', 'D7', () => onEvents('stage.delta', (event) => [event, event])],
  ['leaves a delta out', 'D7', () => onEvents('stage.delta', () => [], 1)],
  [
    'says nothing of what it has merged',
    'D7',
    () => onEvents('stage.delta', ({ firstSeq: _lost, ...event }) => [event]),
  ],
  [
    'changes a character of a text',
    'P13',
    () =>
      onEvents('stage.delta', (event) => [{ ...event, text: String(event['text']).replace(/[a-z]/, '#') }]),
  ],
  ['leaves a command without its outcome', 'C4', () => onEvents('command.applied', () => [], 1)],
  [
    'miscounts the characters of an attempt',
    'E6',
    () => onEvents('stage.completed', (event) => [{ ...event, chars: Number(event['chars']) + 1 }]),
  ],
  [
    'says of a file that it ends behind its text',
    'E9',
    () => onEvents('artifact.recorded', (event) => [{ ...event, parts: [{ offset: 0, chars: 1_000_000 }] }]),
  ],
  [
    'says of a context file that a role wrote it',
    'P14',
    () => (message) => [message.replaceAll('"from":"input"', '"from":"stage"')],
  ],
  [
    'names another file in the history of a state than it has recorded',
    'P14',
    () => (message) => [message.replace(/("fileHistory":\[.*?"file":\{"path":")/, '$1other/')],
  ],
  [
    'approves beside an issue that is a blocker',
    'J2',
    () =>
      onEvents('review.recorded', (event) => [
        { ...event, verdict: 'approved', issues: [{ severity: 'blocker', message: 'It burns.' }] },
      ]),
  ],
  [
    'says a verdict that no review has given',
    'L5',
    () => onEvents('run.completed', (event) => [{ ...event, verdict: 'unknown' }]),
  ],
  [
    'counts more cached input than input',
    'V2',
    () =>
      onEvents('stage.completed', ({ usage, ...event }) => [
        { ...event, usage: { ...(usage as object), cachedInputTokens: 1e9 } },
      ]),
  ],
  [
    'lets a transient event move the cursor',
    'D11',
    () => onEvents('stage.waiting', (event) => [{ ...event, seq: event.seq + 1 }]),
  ],
  [
    'does not say that an attempt is inherited',
    'P25',
    () => onEvents('stage.started', ({ inheritedFrom: _lost, ...event }) => [event]),
  ],
  ['is silent for long', 'D10', () => onEvents('stage.waiting', () => [])],
  [
    'lists a model that no run can name',
    'P74',
    () => (message) => [message.replace('"models":[{"model":"rehearsal"', '"models":[{"model":"gpt"')],
  ],
  [
    'lists models of a provider that it could not reach',
    'P75',
    () => (message) => [
      message.replace(/"models":\[\],("omitted":0,"failure")/, '"models":[{"model":"ollama/x"}],$1'),
    ],
  ],
  ['does not answer PING', 'W6', () => (message) => (message === 'PONG' ? [] : [message])],
  [
    'does not name the field that is wrong',
    'P1',
    () => (message) => [message.replaceAll('"field":"surprise"', '"field":""')],
  ],
  [
    'tells what its stack is',
    '§14',
    () => (message) => [message.replace('"stagewire":{', '"stack":"Error\\n    at main","stagewire":{')],
  ],
];

describe('a server that', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServerProcess({ env });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  // Side by side: most of it is waiting for what does not come.
  test.concurrent.each(broken)('%s is told by rule', async (_what, rule, edit) => {
    await using proxy = await startFrameProxy({ targetPort: server.port, edit: edit() });
    const bench = await createVerifyContext({ url: proxy.url, clock: systemClock, patienceMs: 1500 });

    const results = await verify(bench, {
      // K4 goes through the same proxy, which leaves it alone.
      checks: chooseChecks([rule, 'K4']),
      slow: false,
      signal: new AbortController().signal,
      onResult: () => Promise.resolve(),
    });

    const failed = results.filter(({ outcome }) => outcome === 'fail');
    expect([...new Set(failed.map((check) => check.rule))]).toEqual([rule]);
    for (const { expected, seen } of failed) expect([expected, seen]).not.toContain('');
    expect(results.find((check) => check.rule === 'K4')?.outcome).toBe('pass');
  });

  test('breaks a rule ends the command with 1, and its report names the rule', async () => {
    await using proxy = await startFrameProxy({
      targetPort: server.port,
      edit: (message) => (message === 'PONG' ? [] : [message]),
    });
    const args = ['verify', '--url', proxy.url, '--only', 'W6,K4', '--patience', '1500ms', '--json'];

    const { code, stdout } = await command(args);

    const report = JSON.parse(stdout) as VerifyReport;
    expect(report).toMatchObject({ reportVersion: 1, url: proxy.url, passed: 1, failed: 1, skipped: 0 });
    expect(report.checks.find(({ outcome }) => outcome === 'fail')).toMatchObject({
      rule: 'W6',
      expected: 'a message that is no JSON within 1500 ms',
      seen: 'nothing',
    });
    expect(code).toBe(1);
  });
});

test('words that choose no check are told', async () => {
  const { code, stderr } = await command(['verify', '--url', 'http://127.0.0.1:9', '--only', 'D7,Z9']);
  expect(stderr).toContain('Unknown check "Z9" in --only.');
  expect(code).toBe(1);
});

test('a server that is not there is told in a sentence', async () => {
  const { code, stderr } = await command(['verify', '--url', 'http://127.0.0.1:1', '--only', 'K4']);
  expect(stderr).toContain('No Stagewire server responds at http://127.0.0.1:1');
  expect(code).toBe(1);
});

test('a server without a rehearsal is refused, since verifying it would cost money', async () => {
  const info = {
    version: '9',
    protocolVersion: 2,
    protocolHash: '',
    features: [],
    roles: [],
    models: {},
    realModel: true,
    limits: {},
    heartbeatMs: 1000,
    now: '2026-01-01T00:00:00.000Z',
  };
  const server = createServer((request, answer) => {
    const isInfo = request.url?.startsWith('/trpc/server.info') === true;
    answer.writeHead(isInfo ? 200 : 400, { 'content-type': 'application/json' });
    answer.end(JSON.stringify(isInfo ? { result: { data: info } } : { error: { message: 'no such model' } }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  const { port } = server.address() as AddressInfo;
  const { code, stderr } = await command(['verify', '--url', `http://127.0.0.1:${port}`]);
  server.closeAllConnections();
  server.close();

  expect(stderr).toContain('This server rejects the model "rehearsal" (HTTP 400');
  expect(code).toBe(1);
});
