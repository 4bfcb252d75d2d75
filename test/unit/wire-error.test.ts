import { errorTable, StagewireError } from '@stagewire/shared';
import type { ErrorCode } from '@stagewire/shared';
import { getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';
import { expect, test } from 'vitest';
import { formatWireError, toStagewireError } from '../../server/api/wire-error.ts';
import { LogConflict, LogUnavailable, RunMissing } from '../../server/log/event-log.ts';

test.each(Object.keys(errorTable) as ErrorCode[])('%s comes with the tRPC code of the table', (code) => {
  const error = getTRPCErrorFromUnknown(new StagewireError(code, 'why'));

  const { message, data } = formatWireError({ error, path: 'runs.get' });

  expect(message).toBe('why');
  expect(data.code).toBe(errorTable[code].trpc);
  expect(data.stagewire).toEqual({ code, retryable: errorTable[code].retryable });
});

test.each([
  ['LOG_UNAVAILABLE', new LogUnavailable('disk /var/lib full')],
  ['RUN_EXPIRED', new RunMissing('run_x', 'is not in the log')],
  ['INTERNAL', new LogConflict('another owner')],
  ['INTERNAL', new TypeError('x is undefined at /srv/app.ts')],
  ['INTERNAL', 'a thrown text'],
] as const)('%s, in words that tell nothing of the inside', (code, thrown) => {
  const refusal = toStagewireError(getTRPCErrorFromUnknown(thrown));

  expect(refusal.code).toBe(code);
  expect(refusal.message).not.toMatch(/\/var|\/srv|undefined|another owner|thrown/);
});

test.each([
  ['PARSE_ERROR', 'INVALID_INPUT', 400],
  ['METHOD_NOT_SUPPORTED', 'INVALID_INPUT', 405],
  ['UNSUPPORTED_MEDIA_TYPE', 'INVALID_INPUT', 415],
  ['PAYLOAD_TOO_LARGE', 'TOO_LARGE', 413],
  ['TIMEOUT', 'INTERNAL', 500],
] as const)('what tRPC refuses itself, as %s, is %s with status %i', (trpcCode, code, httpStatus) => {
  const error = new TRPCError({ code: trpcCode });

  const { data } = formatWireError({ error, path: undefined });

  expect(data).toMatchObject({ httpStatus, stagewire: { code } });
});

test('a path that leads nowhere is not repeated at length', () => {
  const path = 'x'.repeat(100_000);
  const error = new TRPCError({ code: 'NOT_FOUND', message: `No procedure found on path "${path}"` });

  expect(JSON.stringify(formatWireError({ error, path })).length).toBeLessThan(600);
});
