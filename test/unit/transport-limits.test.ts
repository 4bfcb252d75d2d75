import { expect, test } from 'vitest';
import { defaultTransportLimits, resolveTransportLimits } from '../../server/transport/limits.ts';

test('what is not given has its default', () => {
  expect(resolveTransportLimits()).toEqual(defaultTransportLimits);
  expect(resolveTransportLimits({ slowReaderMs: 5 })).toEqual({ ...defaultTransportLimits, slowReaderMs: 5 });
});

test('limits under which no client could get its subscriptions back are refused', () => {
  expect(() => resolveTransportLimits({ maxSubscriptions: 512 })).toThrow(RangeError);
  expect(() => resolveTransportLimits({ maxBatchSize: 256 })).toThrow(/maxBatchSize \(256\)/);
});
