import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createTrustedProxies, parseAddressRange } from '../../server/identity/proxy/trusted-proxies.ts';

const ranges = ['10.0.0.0/8', '127.0.0.1', 'fd00::/8', '::1'].flatMap(
  (text) => parseAddressRange(text) ?? [],
);
const proxies = createTrustedProxies(ranges);

function requestFrom(peer: string | undefined, ...forwarded: readonly string[]): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: peer });
  const request = new IncomingMessage(socket);
  Object.defineProperty(request, 'headersDistinct', {
    value: forwarded.length === 0 ? {} : { 'x-forwarded-for': forwarded },
  });
  return request;
}

describe('a trusted proxy', () => {
  test.each([
    ['10.1.2.3', true],
    ['::ffff:10.1.2.3', true],
    ['127.0.0.1', true],
    ['127.0.0.2', false],
    ['::ffff:127.0.0.2', false],
    ['fd12::1', true],
    ['fd12::1%eth0', true],
    ['fe80::1', false],
    ['::1', true],
    ['11.0.0.1', false],
    ['10.1.2.3.4', false],
    ['', false],
    [undefined, false],
  ])('is known by its address: %s, %s', (peer, isTrusted) => {
    expect(proxies.isPeer(requestFrom(peer))).toBe(isTrusted);
  });

  test('is not known by X-Forwarded-For', () => {
    expect(proxies.isPeer(requestFrom('203.0.113.9', '10.0.0.1'))).toBe(false);
  });
});

describe('the address that attempts are counted for', () => {
  test.each([
    ['of the peer', '203.0.113.9', [], '203.0.113.9'],
    ['of a peer that claims to forward', '203.0.113.9', ['198.51.100.1'], '203.0.113.9'],
    ['of a proxy without the header', '10.0.0.1', [], '10.0.0.1'],
    ['that a proxy names', '10.0.0.1', ['198.51.100.1'], '198.51.100.1'],
    ['that the last proxy names, not the client', '10.0.0.1', ['1.1.1.1, 198.51.100.1'], '198.51.100.1'],
    ['behind two proxies', '10.0.0.1', ['1.1.1.1, 198.51.100.1, 10.0.0.2'], '198.51.100.1'],
    ['in two headers', '10.0.0.1', ['1.1.1.1', '198.51.100.1,10.0.0.2'], '198.51.100.1'],
    ['with a port', '10.0.0.1', ['198.51.100.1:4711'], '198.51.100.1'],
    ['of IPv6 with a port', '10.0.0.1', ['[2001:db8::1]:4711'], '2001:db8::1'],
    ['of a proxy that names nonsense', '10.0.0.1', ['1.1.1.1, unknown'], '10.0.0.1'],
    ['of a proxy that names nothing', '10.0.0.1', [''], '10.0.0.1'],
    ['where all are proxies', '10.0.0.1', ['10.0.0.3, 10.0.0.2'], '10.0.0.3'],
  ])('is that %s', (_name, peer, forwarded, address) => {
    expect(proxies.addressOf(requestFrom(peer, ...forwarded))).toBe(address);
  });

  test('is found in a bounded part of a long header', () => {
    const long = ['203.0.113.9', ...Array<string>(10_000).fill('10.0.0.2')].join(',');
    expect(proxies.addressOf(requestFrom('10.0.0.1', long))).toBe('10.0.0.2');
  });
});

test.each([
  '10.0.0.0/33',
  '::/129',
  'proxy.example',
  '10.0.0',
  '10.0.0.1/',
  '/8',
  '::ffff:10.0.0.1',
  'fe80::1%lo',
  '',
])('is no range: %j', (text) => {
  expect(parseAddressRange(text)).toBeUndefined();
});
