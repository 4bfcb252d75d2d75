import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:https';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { connect } from '../../client/index.ts';
import { command } from '../support/command-line.ts';
import { startPathProxy } from '../support/path-proxy.ts';
import { startServerProcess } from '../support/server-process.ts';

// Why a server was not reached stood three causes deep: "fetch failed. Is the server there?" for a closed port, a name
// that does not exist and a certificate that is not trusted.

/** With CI=true what is missing fails. */
const hasOpenssl = process.env['CI'] === 'true' || spawnSync('openssl', ['version']).status === 0;

const short = { callTimeoutMs: 400, backoff: { minDelayMs: 1, firstDelayMs: 50, maxDelayMs: 50 } };

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

test('the innermost cause is in the sentence and in the details', async () => {
  const port = await closedPort();
  await using client = connect({ url: `http://127.0.0.1:${port}`, ...short });
  const reason = `connect ECONNREFUSED 127.0.0.1:${port}`;
  await expect(client.info()).rejects.toMatchObject({
    code: 'UNREACHABLE',
    message: expect.stringContaining(reason),
    details: { reason },
  });
  await expect(client.run('run_any-0000001').cancel()).rejects.toMatchObject({
    code: 'OUTCOME_UNKNOWN',
    message: expect.stringContaining(reason),
  });
});

test('a name that does not exist is named', async () => {
  await using client = connect({ url: 'http://no-such-host.invalid:4600', ...short });
  await expect(client.info()).rejects.toMatchObject({
    code: 'UNREACHABLE',
    message: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
  });
});

test('a server that takes requests and is silent is said to be that', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  await using client = connect({ url, ...short, replyTimeoutMs: 100 });
  await expect(client.info()).rejects.toMatchObject({
    code: 'UNREACHABLE',
    message: expect.stringMatching(/no reply within \d+ ms/),
  });
  silent.close();
});

test.skipIf(!hasOpenssl)(
  'a certificate that is not trusted is told at once: asking again does not mend it',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'certificate-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    await promisify(execFile)('openssl', [...args, '-keyout', key, '-out', cert]);
    const server = createTlsServer({ key: await readFile(key), cert: await readFile(cert) }).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    await using client = connect({ url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` });
    const since = performance.now();
    await expect(client.info()).rejects.toThrow(
      /certificate of the server is not trusted \(self-signed certificate/,
    );
    await expect(client.start({ task: 'x' })).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(performance.now() - since, 'timing: until the client knows').toBeLessThan(5000);
    server.close();
    await rm(folder, { recursive: true });
  },
);

// A password in the address was dropped without a word, and printed.
const authorization = `Basic ${btoa('ann:s3cr€t/'.replace('€', '\u00e2\u0082\u00ac'))}`;
const credentials = `ann:${encodeURIComponent('s3cr€t/')}`;

test('a user and a password in the address get past a proxy that asks, by calls and by the socket', async () => {
  await using server = await startServerProcess({
    env: { STAGEWIRE_MODEL: 'rehearsal/ttft=0,tps=0,chars=50' },
  });
  await using proxy = await startPathProxy({ targetPort: Number(new URL(server.url).port), authorization });
  await using client = connect({ url: proxy.url.replace('://', `://${credentials}@`) });
  const run = await client.start({ task: 'A stack' });
  expect((await run.result()).status).toBe('completed');
  expect(() => connect({ url: 'http://ann:x@127.0.0.1', token: 'y' })).toThrow(
    expect.objectContaining({ name: 'StagewireClientError', code: 'INVALID_URL' }),
  );
});

test('the command line uses them, never prints them, and says what a proxy answers', async () => {
  await using server = await startServerProcess();
  await using proxy = await startPathProxy({ targetPort: Number(new URL(server.url).port), authorization });
  const [good, bad] = [credentials, 'ann:s3cret-too'].map((it) => proxy.url.replace('://', `://${it}@`));
  const listed = await command(['list'], { env: { STAGEWIRE_URL: good ?? '' } });
  expect(listed.code).toBe(0);
  const refused = await command(['list'], { env: { STAGEWIRE_URL: bad ?? '' } });
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('HTTP 401');
  expect(refused.stderr).toContain(`No Stagewire server responds at ${proxy.url}, `);
  expect(listed.stdout + listed.stderr + refused.stdout + refused.stderr).not.toMatch(/s3cr/);
});
