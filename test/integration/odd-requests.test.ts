import { describe, expect, test } from 'vitest';
import { close, expectUnharmed, health, json, openOddScene } from '../support/odd-scene.ts';
import { rawBytes, upgradeRequest } from '../support/raw-request.ts';

// What a network, a proxy or an attacker can send, to the server as a process. Every row says what must come back; after
// all of them the server must serve and have logged no defect.

const scene = openOddScene();
const { lines } = scene;
const started = '{"task":"A plan","pipeline":{"roles":["architect"]}}';

interface OddRequest {
  readonly name: string;
  readonly sent: () => string;
  readonly answer: RegExp;
}

const one: readonly OddRequest[] = [
  {
    name: 'HTTP/1.0 with a Host',
    sent: () => lines('GET /healthz HTTP/1.0', 'Host: {host}', '', ''),
    answer: /^HTTP\/1\.[01] 200 /,
  },
  {
    name: 'HTTP/1.0 without a Host',
    sent: () => lines('GET /healthz HTTP/1.0', '', ''),
    answer: /^HTTP\/1\.[01] 4\d\d /,
  },
  { name: 'HTTP/0.9', sent: () => 'GET /healthz\r\n\r\n', answer: /^HTTP\/1\.1 400 / },
  {
    name: 'the preface of HTTP/2',
    sent: () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    answer: /^HTTP\/1\.1 [45]\d\d /,
  },
  {
    name: 'a TLS hello',
    sent: () => '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03',
    answer: /^HTTP\/1\.1 400 /,
  },
  {
    name: 'an absolute address of its own',
    sent: () => lines('GET http://{host}/healthz HTTP/1.1', 'Host: {host}', close, '', ''),
    answer: /^HTTP\/1\.1 (200|4\d\d) /,
  },
  {
    name: 'an absolute address of another host, to its data',
    sent: () => lines('GET http://evil.example/trpc/runs.list HTTP/1.1', 'Host: {host}', close, '', ''),
    answer: /^HTTP\/1\.1 4\d\d /,
  },
  {
    name: 'CONNECT',
    sent: () => lines('CONNECT evil.example:443 HTTP/1.1', 'Host: {host}', close, '', ''),
    answer: /^(?!HTTP\/1\.1 200)/,
  },
  {
    name: 'OPTIONS of everything',
    sent: () => lines('OPTIONS * HTTP/1.1', 'Host: {host}', close, '', ''),
    answer: /^HTTP\/1\.1 (204|4\d\d) /,
  },
  {
    name: '3,000 headers',
    sent: () =>
      lines(health, 'Host: {host}', close, ...Array.from({ length: 3000 }, (_, n) => `x-${n}: 1`), '', ''),
    answer: /^HTTP\/1\.1 (200|431) /,
  },
  {
    name: 'the Host behind 3,000 headers',
    sent: () =>
      lines(
        health,
        close,
        ...Array.from({ length: 3000 }, (_, n) => `x-${n}: 1`),
        'Host: evil.example',
        '',
        '',
      ),
    answer: /^HTTP\/1\.1 4\d\d /,
  },
  {
    name: 'an Origin behind 3,000 headers, to start a run',
    sent: () =>
      lines(
        'POST /trpc/runs.start HTTP/1.1',
        'Host: {host}',
        close,
        json,
        `Content-Length: ${started.length}`,
        ...Array.from({ length: 3000 }, (_, n) => `x-${n}: 1`),
        'Origin: https://evil.example',
        '',
        started,
      ),
    answer: /^HTTP\/1\.1 4\d\d /,
  },
  {
    name: 'headers of 70,000 bytes',
    sent: () => lines(health, 'Host: {host}', close, `x: ${'a'.repeat(70_000)}`, '', ''),
    answer: /^HTTP\/1\.1 431 /,
  },
  {
    name: 'Expect: 100-continue',
    sent: () =>
      lines(
        'POST /trpc/runs.start HTTP/1.1',
        'Host: {host}',
        close,
        json,
        'Expect: 100-continue',
        `Content-Length: ${started.length}`,
        '',
        started,
      ),
    answer: /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 [^]*"runId"/,
  },
  {
    name: 'Expect: something else',
    sent: () => lines(health, 'Host: {host}', close, 'Expect: a-miracle', '', ''),
    answer: /^HTTP\/1\.1 (417|200) /,
  },
  {
    name: 'Expect: something else of another host',
    sent: () => lines(health, 'Host: evil.example', close, 'Expect: a-miracle', '', ''),
    answer: /^HTTP\/1\.1 4\d\d /,
  },
  {
    name: 'chunks with trailers and extensions',
    sent: () =>
      lines(
        'POST /trpc/runs.start HTTP/1.1',
        'Host: {host}',
        close,
        json,
        'Transfer-Encoding: chunked',
        'Trailer: x-sum',
        '',
        `${started.length.toString(16)};note=1`,
        started,
        '0',
        'x-sum: 1',
        '',
        '',
      ),
    answer: /^HTTP\/1\.1 200 [^]*"runId"/,
  },
  {
    name: 'trailers of 100,000 bytes',
    sent: () =>
      lines(
        'POST /trpc/runs.start HTTP/1.1',
        'Host: {host}',
        close,
        json,
        'Transfer-Encoding: chunked',
        '',
        started.length.toString(16),
        started,
        '0',
        `x-sum: ${'a'.repeat(100_000)}`,
        '',
        '',
      ),
    answer: /^HTTP\/1\.1 4\d\d /,
  },
  {
    name: 'a chunk whose size is no number',
    sent: () =>
      lines(
        'POST /trpc/runs.start HTTP/1.1',
        'Host: {host}',
        close,
        json,
        'Transfer-Encoding: chunked',
        '',
        'zz',
        started,
        '',
      ),
    answer: /^HTTP\/1\.1 400 /,
  },
  {
    name: 'a length and chunks at the same time',
    sent: () =>
      lines(
        'POST /trpc/runs.start HTTP/1.1',
        'Host: {host}',
        json,
        'Content-Length: 4',
        'Transfer-Encoding: chunked',
        '',
        '0',
        '',
        'GET /trpc/runs.list HTTP/1.1',
        'Host: {host}',
        close,
        '',
        '',
      ),
    answer: /^HTTP\/1\.1 400 /,
  },
  {
    name: 'a length below zero',
    sent: () =>
      lines('POST /trpc/runs.start HTTP/1.1', 'Host: {host}', close, json, 'Content-Length: -1', '', ''),
    answer: /^HTTP\/1\.1 400 /,
  },
  {
    name: 'a length of a terabyte',
    sent: () =>
      lines(
        'POST /trpc/runs.start HTTP/1.1',
        'Host: {host}',
        close,
        json,
        'Content-Length: 1000000000000',
        '',
        '',
      ),
    answer: /^HTTP\/1\.1 413 /,
  },
  {
    name: 'an input that is no URL-encoding',
    sent: () => lines('GET /trpc/runs.get?input=%E0%A4%A HTTP/1.1', 'Host: {host}', close, '', ''),
    answer: /^HTTP\/1\.1 400 [^]*INVALID_INPUT/,
  },
  {
    name: 'an input of 60,000 brackets',
    sent: () =>
      lines(`GET /trpc/runs.get?input=${'['.repeat(60_000)} HTTP/1.1`, 'Host: {host}', close, '', ''),
    answer: /^HTTP\/1\.1 400 [^]*INVALID_INPUT/,
  },
  {
    name: 'a path of dots and slashes, encoded',
    sent: () => lines('GET /%2e%2e%2f%2e%2e%2fetc/passwd HTTP/1.1', 'Host: {host}', close, '', ''),
    answer: /^HTTP\/1\.1 4\d\d /,
  },
  {
    name: 'a path with a null byte',
    sent: () => lines('GET /%00 HTTP/1.1', 'Host: {host}', close, '', ''),
    answer: /^HTTP\/1\.1 4\d\d /,
  },
  {
    name: 'a procedure named by 60,000 letters',
    sent: () => lines(`GET /trpc/${'a'.repeat(60_000)} HTTP/1.1`, 'Host: {host}', close, '', ''),
    answer: /^HTTP\/1\.1 4\d\d /,
  },
  {
    name: 'a procedure of the prototype',
    sent: () => lines('GET /trpc/__proto__.constructor HTTP/1.1', 'Host: {host}', close, '', ''),
    answer: /^HTTP\/1\.1 404 [^]*UNKNOWN_PROCEDURE/,
  },
  {
    name: 'an upgrade to a protocol that is not spoken',
    sent: () =>
      upgradeRequest(scene.server.port, '/healthz', { Upgrade: 'h2c', Connection: 'Upgrade, close' }),
    answer: /^HTTP\/1\.1 200 /,
  },
  {
    name: 'an upgrade with a body and a request behind it',
    sent: () =>
      upgradeRequest(scene.server.port, '/trpc', { 'Content-Length': '5', Origin: 'https://evil.example' }) +
      'helloGET /trpc/runs.list HTTP/1.1\r\n\r\n',
    answer: /^HTTP\/1\.1 403 (?![^]*"runs")/,
  },
  {
    name: 'an upgrade of version 7',
    sent: () => upgradeRequest(scene.server.port, '/trpc', { 'Sec-WebSocket-Version': '7' }),
    answer: /^HTTP\/1\.1 4(00|26) /,
  },
  {
    name: 'an upgrade without a key',
    sent: () => upgradeRequest(scene.server.port, '/trpc', { 'Sec-WebSocket-Key': '' }),
    answer: /^HTTP\/1\.1 400 /,
  },
  {
    name: 'an upgrade by POST',
    sent: () => upgradeRequest(scene.server.port, '/trpc').replace('GET', 'POST'),
    answer: /^HTTP\/1\.1 4\d\d /,
  },
];

describe('one odd request', () => {
  test.each(one)('$name', async ({ sent, answer }) => {
    expect((await rawBytes(scene.server.port, Buffer.from(sent(), 'latin1'))).slice(0, 2000)).toMatch(answer);
  });
});

test('after all of them it serves, and has logged no defect', () => expectUnharmed(scene));
