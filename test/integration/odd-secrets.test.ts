import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rawRequest } from '../support/raw-request.ts';
import {
  chatEvent,
  head,
  runToEnd,
  startOddProvider,
  whole,
  type OddProvider,
} from '../support/odd-provider.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';

// Providers that repeat the key in ways that a person could still read, and keys that are odd themselves.

const key = 'qX7zK9pL2mWvR4tYbN8c$+/=(.*)[a-z]?^Jd5';
const bytes = [...Buffer.from(key)];
const hex = bytes.map((byte) => byte.toString(16));
const cut = (text: string, chars: number) => text.match(new RegExp(`[^]{1,${chars}}`, 'g')) ?? [];
const base64 = Buffer.from(key).toString('base64');

/** How the key is written. Each was in the events of the run as it stands here, but for those marked. */
const forms: Readonly<Record<string, string>> = {
  'as-it-is': key, // was found
  'in-capitals': key.toUpperCase(), // was found
  'url-encoded-twice': encodeURIComponent(encodeURIComponent(key)), // was found
  'base64-of-a-login': Buffer.from(`u:${key}`).toString('base64'), // was found
  backwards: key.split('').toReversed().join(''),
  'in-lines-of-seven': cut(key, 7).join('\n'),
  'in-lines-of-four': cut(key, 4).join('\r\n'),
  'with-blanks': key.split('').join(' '),
  'with-dashes': cut(key, 5).join('-'),
  'with-spaces-of-no-width': key.split('').join('\u200b'),
  'as-a-sum-of-texts': `"${cut(key, 6).join('" + "')}"`,
  'base64-in-lines': cut(base64, 7).join('\n'),
  'base64-twice': Buffer.from(base64).toString('base64'),
  'base64-of-utf-16': Buffer.from(key, 'utf16le').toString('base64'),
  'hexadecimal-with-colons': hex.join(':'),
  'hexadecimal-with-blanks': hex.join(' '),
  'quoted-printable': hex.map((byte) => `=${byte.toUpperCase()}`).join(''),
  'escapes-of-two-digits': hex.map((byte) => String.raw`\x${byte}`).join(''),
  'escapes-in-braces': hex.map((byte) => String.raw`\u{${byte}}`).join(''),
  'escapes-of-old-pages': hex.map((byte) => `%u00${byte}`).join(''),
  octal: bytes.map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''),
  'a-list-of-bytes': JSON.stringify(bytes),
};

/** Where the key stands. */
const places: Readonly<Record<string, (said: string) => string | Buffer>> = {
  body: (said) => whole('400 Bad Request', 'application/json', JSON.stringify({ error: { message: said } })),
  stream: (said) => whole('200 OK', 'text/event-stream', chatEvent({ error: { message: `no: ${said}` } })),
};

const inHeads: Readonly<Record<string, string>> = {
  'status-line': head(`400 ${key}`, { connection: 'close' }),
  location: head('302 F', { location: `https://evil.example/${key}?k=${key}#${key}`, 'content-length': '0' }),
  'location-user': head('302 F', { location: `https://${key}:${key}@evil.example/`, 'content-length': '0' }),
  'location-unreadable': head('302 F', { location: `http://[bad ${key}`, 'content-length': '0' }),
  'request-id': head('429 T', { 'x-request-id': key, 'retry-after': key, connection: 'close' }),
  'content-type': `${head('200 OK', { 'content-type': `text/${key}`, connection: 'close' })}hello`,
  'content-type-of-a-page': `${head('200 OK', { 'content-type': key, connection: 'close' })}<title>${key}</title>`,
};

let provider: OddProvider;
let server: ServerProcess;
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'stagewire-odd-keys-'));
  provider = await startOddProvider((socket, { model }) => {
    const [place = '', form = ''] = model.split('/');
    const written = places[place]?.(`the key ${forms[form] ?? ''} is wrong`);
    socket.end(written ?? inHeads[place] ?? whole('404 Not Found', 'application/json', '{}'));
  });
  server = await startServerProcess({
    dataDir,
    env: { COMPATIBLE_BASE_URL: `${provider.url}/v1`, COMPATIBLE_API_KEY: key },
  });
}, 30_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

/** Letters and digits alone, forwards or backwards: more than enough to type it again. */
function expectNoTrace(text: string, form = key): void {
  const plain = (one: string) => one.toLowerCase().replaceAll(/[^a-z0-9]+/g, '');
  for (const part of cut(plain(form), 10).filter(({ length }) => length === 10))
    expect(plain(text)).not.toContain(part);
}

describe('a provider that repeats the key', { timeout: 20_000 }, () => {
  const all = Object.keys(places).flatMap((place) =>
    Object.keys(forms).map((form) => [place, form] as const),
  );
  test.each(all)('in the %s: %s', async (place, form) => {
    const { failure, events, body } = await runToEnd(server.port, `compatible/${place}/${form}`);
    expect(failure?.message).toContain('[key]');
    expectNoTrace(events + body);
    expectNoTrace(events + body, forms[form]);
  });

  test.each(Object.keys(inHeads))('in the head: %s', async (place) => {
    const { failure, events, body } = await runToEnd(server.port, `compatible/${place}`);
    expect(failure?.code).toMatch(/^PROVIDER_/);
    expectNoTrace(events + body);
  });

  test('leaves no trace in the output, in the files, and in what the server says of itself', async () => {
    const info = await rawRequest(server.port, { path: '/trpc/server.info' });
    const list = await rawRequest(server.port, { path: '/trpc/runs.list?input=%7B%7D' });
    await server.stop();
    for (const text of [server.output(), info.body, list.body]) expectNoTrace(text);
    for (const file of await readdir(dataDir)) expectNoTrace(await readFile(join(dataDir, file), 'latin1'));
  });
});

test('a key of one character, as servers without keys want it, takes no letter out of what is said', async () => {
  const { createSecrets } = await import('../../server/providers/secrets.ts');
  const { redact, isIn } = createSecrets(['x', 'no']);
  expect(redact('no model x-large')).toBe('no model x-large');
  expect(isIn('x-large')).toBe(false);
  expect(createSecrets(['abcd']).redact('it is abcd')).toBe('it is [key]');
});
