import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../server/process/config.ts';
import { environmentSecrets } from '../../server/process/environment-secrets.ts';
import { startProblem } from '../../server/process/start-problem.ts';
import { command } from '../support/command-line.ts';
import { keyTraces } from '../support/key-traces.ts';
import { rawBytes, rawRequest } from '../support/raw-request.ts';
import { startServerProcess, spawnServer } from '../support/server-process.ts';
import { until } from '../support/until.ts';

/** One in every variable, each with signs of its own. */
const secrets = {
  ANTHROPIC_API_KEY: 'Aq1-ZmXw93hTfVb27LsPd/40+Kc=',
  OPENAI_API_KEY: 'Ow2_RgYt85jNuBe16MxQf/39+Hd=',
  OPENROUTER_API_KEY: 'Ev3.SkUr74lWiCz05VnRg/28+Jf=',
  COMPATIBLE_API_KEY: 'Cy4~TlIs63mXoDx94BmSh/17+Lg=',
  header: 'Hb5!UmOp52nYpFc83ZkTj/06+Mh=',
  password: 'Pd6-VnAq41oZqGv72YiUk.95_Nj',
} as const;
const keys = Object.values(secrets);

let provider: Server;
let base: string;

/** Repeats all that it was sent, in the way that the path says. */
beforeAll(async () => {
  provider = createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      const echo = echoOf(request);
      const [, how = ''] = /^\/(\w+)\//.exec(request.url ?? '') ?? [];
      response.setHeader('x-request-id', echo.slice(0, 200));
      if (how === 'denied') response.writeHead(401).end(JSON.stringify({ error: { message: echo } }));
      else if (how === 'page') response.writeHead(200).end(`<title>${echo}</title>`);
      else if (how === 'moved')
        response.writeHead(302, { location: `/elsewhere?key=${encodeURIComponent(echo)}` }).end();
      else if (how === 'broken') {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`data: ${JSON.stringify({ error: { message: echo } })}\n\n`);
        response.destroy();
      } else response.writeHead(400).end(echo.repeat(30));
    });
  }).listen(0, '127.0.0.1');
  await once(provider, 'listening');
  base = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
});
afterAll(() => {
  provider.closeAllConnections();
  provider.close();
});

function echoOf({ headers, url }: IncomingMessage): string {
  const { authorization = '', 'x-api-key': key = '', 'x-also': also = '' } = headers;
  const said = [authorization, key, also].map(String);
  // A gateway may know them all.
  const all = [...said, ...keys];
  return [...all, ...all.map((one) => Buffer.from(`u:${one}`).toString('base64')), url].join(' ');
}

/** Every provider, pointed at a way of failing. */
function environment(how: readonly [string, string, string, string]): Record<string, string> {
  return {
    ANTHROPIC_API_KEY: secrets.ANTHROPIC_API_KEY,
    ANTHROPIC_BASE_URL: `${base}/${how[0]}`,
    OPENAI_API_KEY: secrets.OPENAI_API_KEY,
    OPENAI_BASE_URL: `${base}/${how[1]}/v1`,
    OPENROUTER_API_KEY: secrets.OPENROUTER_API_KEY,
    OPENROUTER_BASE_URL: `${base}/${how[2]}/v1`,
    COMPATIBLE_API_KEY: secrets.COMPATIBLE_API_KEY,
    COMPATIBLE_HEADERS: JSON.stringify({ 'x-also': secrets.header }),
    COMPATIBLE_BASE_URL: `${base}/${how[3]}/v1`,
    HTTPS_PROXY: `http://user:${secrets.password}@127.0.0.1:9`,
  };
}

const { ANTHROPIC_API_KEY: key } = secrets;

describe('a start that fails does not say a key', () => {
  const wrong: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['a key in place of an address', { OPENAI_BASE_URL: key }],
    ['a key without signs in place of an address', { OPENAI_BASE_URL: key.replaceAll(/\W/g, '') }],
    ['a password with a slash', { OPENAI_BASE_URL: `https://me:${key}@models.example/v1` }],
    ['a key in a query', { COMPATIBLE_BASE_URL: `https://models.example/v1?key=${key}&more=1` }],
    ['a key behind an @', { ANTHROPIC_BASE_URL: `https://${encodeURIComponent(key)}@models.example` }],
    ['a key in quotes', { OPENAI_API_KEY: `"${key}"` }],
    ['a key with a blank', { OPENAI_API_KEY: `${key} ${key}` }],
    ['headers that are no JSON', { COMPATIBLE_HEADERS: `x: ${key}`, COMPATIBLE_BASE_URL: 'http://a/v1' }],
    ['headers of an SDK', { OPENAI_CUSTOM_HEADERS: `x: ${key}`, COMPATIBLE_BASE_URL: 'http://a.example/v1' }],
    ['a key as a model', { STAGEWIRE_MODEL: key }],
    ['a key as a model of a role', { STAGEWIRE_MODEL_CODER: key }],
    ['a key as a number', { OPENAI_MAX_OUTPUT_TOKENS: key, OPENAI_API_KEY: key }],
    ['a key as a host', { STAGEWIRE_HOSTS: `https://me:${key}@stagewire.example` }],
    ['a key as an origin', { STAGEWIRE_ORIGINS: `https://me:${key}@stagewire.example` }],
    ['a key as the address to listen on', { STAGEWIRE_HOST: `me:${key}@0.0.0.0` }],
    ['a key as an effort', { STAGEWIRE_EFFORT_CODER: key, OPENAI_API_KEY: key }],
    ['a key without a server', { COMPATIBLE_API_KEY: key }],
    ['a client secret without its client', { STAGEWIRE_OIDC_CLIENT_SECRET: key }],
    ['a client secret with a line break', { STAGEWIRE_OIDC_CLIENT_SECRET: `${key}\n${key}` }],
    ['a client secret as an issuer', { STAGEWIRE_JWT_ISSUER: key }],
    ['a client secret in the address of an issuer', { STAGEWIRE_JWT_ISSUER: `https://me:${key}@a.example` }],
  ];

  test.for(wrong)('%s', ([, env]) => {
    const problem = problemOf(env);
    expect(problem).toContain(Object.keys(env)[0]);
    expect(keyTraces([key, key.replaceAll(/\W/g, '')], problem)).toEqual([]);
  });

  test('nor the process that read it', async () => {
    const { child, output } = spawnServer({ ...wrong[2]?.[1], STAGEWIRE_MODEL: key });
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(1);
    expect(output()).toMatch(/OPENAI_BASE_URL is .*\n?STAGEWIRE_MODEL|STAGEWIRE_MODEL.*\n?OPENAI_BASE_URL/s);
    expect(keyTraces([key], output())).toEqual([]);
  });

  test.for(['denied', 'page'])('models that cannot be listed: %s', async (how) => {
    const { child, output } = spawnServer({
      STAGEWIRE_PORT: '0',
      STAGEWIRE_LOG: 'memory',
      ...environment([how, how, how, how]),
    });
    await once(child, 'close');
    expect(output()).toContain('cannot be listed');
    expect(keyTraces(keys, output())).toEqual([]);
  });

  const aMinute = { timeout: 60_000 };
  test('a file: a line that is none, and a base URL for a key of the environment', aMinute, async () => {
    await using dir = await tempDir();
    await writeFile(join(dir.path, '.env'), `A=1\n${key}\n`);
    const line = await command(['serve'], { cwd: dir.path });
    await writeFile(join(dir.path, '.env'), 'OPENAI_BASE_URL=https://evil.example/v1\n');
    const env = { OPENAI_API_KEY: key };
    const served = await command(['serve'], { cwd: dir.path, env });
    const run = await command(['run', 'a task'], { cwd: dir.path, env });
    expect(line.stderr).toMatch(/^Line 2 of /);
    for (const { code, stdout, stderr } of [served, run]) {
      expect(code).toBe(1);
      expect(stdout + stderr).toContain(`${dir.path}/.env sets OPENAI_BASE_URL, but OPENAI_API_KEY`);
      expect(stdout + stderr).toContain('would be sent to evil.example');
    }
    expect(keyTraces([key], JSON.stringify([line, served, run]))).toEqual([]);
  });
});

test.for([
  ['denied', 'broken', 'moved', 'page'],
  ['other', 'page', 'denied', 'broken'],
] as const)(
  'a server whose providers repeat all that they know says none of it: %j',
  { timeout: 60_000 },
  async (how) => {
    await using dir = await tempDir();
    const models = ['anthropic/m', 'openai/m', 'openrouter/m', 'compatible/m', `compatible/${key}`];
    await using server = await startServerProcess({
      dataDir: dir.path,
      env: { ...environment(how), STAGEWIRE_MODEL: 'rehearsal/tps=0,ttft=0' },
    });
    const { port } = server;
    expect(server.output()).toMatch(
      /Keys: ANTHROPIC_API_KEY is sent to 127\.0\.0\.1:\d+; .* are sent to 127/,
    );

    const heard: string[] = [];
    // What a person writes is theirs: only of this one the key is in the run.
    for (const model of models.slice(0, 4)) {
      const started = await post(port, 'runs.start', {
        task: 'x',
        models: { default: model },
        limits: { maxAttemptsPerStage: 1 },
      });
      const { runId } = (JSON.parse(started) as { result: { data: { runId: string } } }).result.data;
      const events = await rawRequest(port, {
        path: `/trpc/runs.events?input=${encodeURIComponent(JSON.stringify({ runId }))}`,
      });
      expect(events.body).toContain('run.failed');
      heard.push(events.body, await query(port, 'runs.get', { runId }));
      heard.push((await rawRequest(port, { path: `/api/stream/events/${runId}` })).body);
    }
    heard.push(
      await query(port, 'server.info', {}),
      await query(port, 'runs.list', {}),
      await query(port, 'runs.get', { runId: 'run_none00000000' }),
      await post(port, 'runs.start', { task: 1 }),
      await post(port, 'runs.start', { task: 'x', models: { default: 'nobody/m' } }),
      (await rawRequest(port, { path: '/readyz?verbose' })).body,
      (await rawRequest(port, { path: '/nowhere' })).body,
      await rawBytes(port, 'GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'),
      await readFile(`/proc/${server.child.pid}/cmdline`, 'utf8'),
    );
    await server.stop();
    heard.push(server.output());
    for (const file of await readdir(dir.path)) heard.push(await readFile(join(dir.path, file), 'latin1'));
    for (const text of heard) expect(keyTraces(keys, text)).toEqual([]);
  },
);

test('the command line says none of it, of its own server and of one that is elsewhere', async () => {
  await using dir = await tempDir();
  const env = { ...environment(['denied', 'other', 'page', 'moved']), STAGEWIRE_DATA_DIR: dir.path };
  const address = `http://ann:${secrets.password}@127.0.0.1:9/?token=${key}`;
  const said = [
    await command(['run', 'x', '--model', 'anthropic/m'], { env: { ...env, STAGEWIRE_MODEL: 'openai/m' } }),
    await command(['run', 'x'], { env }),
    await command(['list'], { env: { ...env, STAGEWIRE_URL: address } }),
    await command(['list'], { env: { ...env, STAGEWIRE_URL: `ann:${secrets.password}@127.0.0.1:9` } }),
    await command(['list'], {
      env: { ...env, STAGEWIRE_URL: base.replace('//', `//ann:${secrets.password}@`) },
    }),
  ];
  for (const one of said) {
    expect(one.code).not.toBe(0);
    expect(keyTraces(keys, one.stdout + one.stderr), one.stderr).toEqual([]);
  }
  expect(said[0]?.stderr).toMatch(/Keys: ANTHROPIC_API_KEY is sent to/);
}, 60_000);

test.for([
  ['an error that nobody caught', 'throw defect'],
  ['a promise that nobody awaited', 'Promise.reject(defect)'],
  ['a thing that is no error', 'throw { headers: { authorization: defect.message } }'],
] as const)('a crash prints its stack, and no key: %s', async ([, doing]) => {
  // As an error of an SDK is: the key in the message, in a header and in the cause.
  const source = `const key = process.env.OPENAI_API_KEY;
    process.once('SIGUSR2', () => {
      const cause = Object.assign(new Error('inner ' + key), { headers: { authorization: 'Bearer ' + key } });
      const defect = Object.assign(new Error('outer ' + encodeURIComponent(key), { cause }), { body: btoa(key) });
      ${doing};
    });`;
  const { child, output } = spawnServer({
    STAGEWIRE_PORT: '0',
    STAGEWIRE_LOG: 'memory',
    STAGEWIRE_MODEL: 'rehearsal',
    OPENAI_API_KEY: secrets.OPENAI_API_KEY,
    NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(source)}"`,
  });
  await until(() => output().includes('Stagewire ready'), 'the server to be ready');
  child.kill('SIGUSR2');
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code).toBe(1);
  expect(output()).toContain('this is a defect');
  expect(keyTraces(keys, output())).toEqual([]);
});

/** What a server that cannot start with it says. */
function problemOf(env: Readonly<Record<string, string>>): string {
  try {
    readConfig(env);
  } catch (error) {
    return environmentSecrets(env).redact(startProblem(error));
  }
  throw new Error('it was taken');
}

async function post(port: number, path: string, input: unknown): Promise<string> {
  const { body } = await rawRequest(port, {
    method: 'POST',
    path: `/trpc/${path}`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });
  return body;
}

async function query(port: number, path: string, input: unknown): Promise<string> {
  const asked = `/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`;
  return (await rawRequest(port, { path: asked })).body;
}

async function tempDir() {
  const path = await mkdtemp(join(tmpdir(), 'stagewire-keys-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
