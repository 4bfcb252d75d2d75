import { expect, test } from 'vitest';
import { acceptedEncodings } from '../../server/transport/http/accepted-encodings.ts';

test.each([
  [undefined, []],
  ['', []],
  ['gzip, deflate, br, zstd', ['br', 'gzip']],
  ['gzip', ['gzip']],
  ['GZIP', ['gzip']],
  ['x-gzip', ['gzip']],
  ['br;q=1.0, gzip;q=0.8, *;q=0.1', ['br', 'gzip']],
  ['br ; q=0 , gzip', ['gzip']],
  ['br;q=0.000, gzip;q=0', []],
  ['*', ['br', 'gzip']],
  ['*;q=0', []],
  ['br;q=0, *', ['gzip']],
  ['identity', []],
  ['identity;q=0, gzip;q=0.5', ['gzip']],
  ['br;q=high', []],
  ['brotli, bro, g-zip', []],
  [
    ['gzip', 'br'],
    ['br', 'gzip'],
  ],
] as const)('accept-encoding %j allows %j', (header, expected) => {
  expect(acceptedEncodings(header)).toEqual(expected);
});
