import { expect, test } from 'vitest';

import { isLoopback } from '../../server/runtime/is-loopback.ts';

test.each([
  'localhost',
  '127.0.0.1',
  '127.255.255.254',
  '::1',
  '[::1]',
  '0:0:0:0:0:0:0:1',
  '::ffff:127.0.0.1',
  new URL('http://[::ffff:127.0.0.1]').hostname,
])('%s is this machine', (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.each([
  '127.evil.example',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  '128.0.0.1',
  '10.127.0.1',
  '0.0.0.0',
  '::',
  '::2',
  '[::ffff:10.0.0.1]',
  '[localhost]',
  '127.1',
  '',
])('"%s" may be another machine', (host) => {
  expect(isLoopback(host)).toBe(false);
});
