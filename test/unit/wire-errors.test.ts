import { errorTable, type ErrorDetails, StagewireError } from '@stagewire/shared';
import type { AttemptTarget, Expect } from '@stagewire/client';
import { closeReasons } from '@stagewire/shared/close-reasons';
import { errorReason } from '@stagewire/shared/error-reason';
import { descriptions } from '@stagewire/shared/descriptions';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { codeFiles, textOf } from '../support/source-tree.ts';
import { wireErrorSamples } from '../support/wire-error-samples.ts';

// The texts of the wire are asserted here and nowhere else: other tests go by code and details.

const actual = { stage: 2, role: 'coder', attempt: 1 };

const reasons = [
  closeReasons.identityEnded(wireErrors.UNAUTHENTICATED.revoked()),
  closeReasons.slowConsumer(),
  closeReasons.tooManyMalformed(),
  closeReasons.noConnectionParams(),
  closeReasons.messageStalled(15_000),
  closeReasons.messageTooSlow(120_000),
  closeReasons.noMemory(),
  closeReasons.restart(),
];

const forbidden =
  /\b(?:told|tells?|somebody|nobody|anybody|whoever|anew|mend(?:s|ed)?|borne|forgiven|let go|goes on|under way|what became of|comes to its end|say|hear|refused?)\b/i;

/** A value that was not filled in. */
const unresolved = /\$\{|undefined|null|NaN|\[object|%[sdo]/;

test('the reason of a close frame has the code, and the message if it fits', () => {
  const { revoked, proxyHeader } = wireErrors.UNAUTHENTICATED;
  expect(errorReason(revoked())).toBe('UNAUTHENTICATED: The access key was revoked.');
  expect(errorReason(proxyHeader('é'.repeat(30)))).toBe('UNAUTHENTICATED');
  const longest = wireErrorSamples.map(([, error]) => Buffer.byteLength(errorReason(error)));
  expect(Math.max(...longest)).toBeLessThanOrEqual(123);
});

describe('the catalogue of errors', () => {
  test('has a sample of every entry here', () => {
    const names = Object.entries(wireErrors).flatMap(([code, entry]) =>
      typeof entry === 'function' ? [code] : Object.keys(entry).map((reason) => `${code}.${reason}`),
    );
    expect(wireErrorSamples.map(([name]) => name)).toEqual(names);
  });

  test('is where the server and the client take the words from: no other file makes one', () => {
    const makers = codeFiles().filter(
      (path) =>
        /^(?:server|client|console|cli|shared)\//.test(path) && textOf(path).includes('new StagewireError('),
    );
    // They make errors of what the wire brings, of a close code alone, of an answer of the route for tickets, and of another node's rejection.
    expect(makers).toEqual([
      'client/transport/close-refusal.ts',
      'client/transport/parse-error.ts',
      'console/session/session-gate.ts',
      'server/cluster/postgres/postgres-relay.ts',
      'shared/access-errors.ts',
      'shared/cursor-errors.ts',
      'shared/limit-errors.ts',
      'shared/wire-errors.ts',
    ]);
    const words = codeFiles().filter(
      (path) => path.startsWith('server/') && /\b(?:closeOrTerminate|end)\([\w.]+, ['`]/.test(textOf(path)),
    );
    expect(words).toEqual([]);
  });

  test.each(wireErrorSamples)('%s', (name, error, message) => {
    expect(error).toBeInstanceOf(StagewireError);
    expect(error.code).toBe(name.split('.')[0]);
    expect(error.retryable).toBe(errorTable[error.code].retryable);
    expect(error.message).toBe(message);
    expect(message).toMatch(/^[A-Z](?:.*[^.])?\.$/);
    expect(message).not.toMatch(forbidden);
    expect(message).not.toMatch(unresolved);
    // What a command line or a folder is called, the server does not know.
    expect(message).not.toMatch(/--\w|\.env\b|npm run|\bstagewire\b/);
  });

  test.each([
    ['while the run is queued', { role: 'coder' }, null, 'expects the coder, but the run is still queued.'],
    [
      'by its ordinal',
      { stage: 3 },
      actual,
      'expects stage 3, but the run is in stage 2 (coder), attempt 1.',
    ],
    ['any', 'any', actual, 'expects any stage, but the run is in stage 2 (coder), attempt 1.'],
  ] as const)('a mismatch names the stage: %s', (_case, expected, now, end) => {
    expect(wireErrors.STAGE_MISMATCH({ expected, actual: now }).message).toBe(`The command ${end}`);
  });

  test('keeps issues as parts of a sentence', () => {
    const issues = [{ field: 'models.coder', message: '"x" is not a model.' }];
    expect(wireErrors.INVALID_INPUT.fields(issues).details).toEqual({
      issues: [{ field: 'models.coder', message: '"x" is not a model' }],
    });
  });

  test.each(Object.keys(errorTable))('%s gives the details that are documented, and no others', (code) => {
    const documented = descriptions.errorDetails[code as keyof typeof errorTable];
    const given = wireErrorSamples.flatMap(([, error]) =>
      error.code === code && error.details !== undefined ? [error.details as object] : [],
    );
    // What older clients may read is given and not documented any more.
    const names = new Set(
      given.flatMap(Object.keys).filter((name) => !['field', 'chars', 'maxFilesChars'].includes(name)),
    );
    if (documented === undefined) return expect([...names]).toEqual([]);
    expect([...names].filter((name) => !new RegExp(`[{\`, ]${name}\\b`).test(documented))).toEqual([]);
    const [, braces = ''] = /^`\{([^[\]}]*)/.exec(documented) ?? [];
    const always = braces.split(/[,:]\s*/).filter((name) => /^\w+$/.test(name));
    for (const details of given) {
      if (code !== 'TOO_LARGE') expect(Object.keys(details)).toEqual(expect.arrayContaining(always));
    }
    expect(given.length).toBeGreaterThan(0);
  });
});

describe('the reasons of closed connections', () => {
  test('are all here', () => {
    expect(reasons).toHaveLength(Object.keys(closeReasons).length);
  });

  test.each(reasons)('%s', (reason) => {
    // In words for a log, or an error: its code and its sentence.
    expect(reason).toMatch(/^(?:[a-z].*[^.]|[A-Z_]+: [A-Z].*\.)$/);
    expect(reason).not.toMatch(forbidden);
    expect(reason).not.toMatch(unresolved);
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
  });
});

describe('details', () => {
  test('have their type by the code', () => {
    const errors: readonly StagewireError[] = [wireErrors.STAGE_MISMATCH({ expected: 'any', actual })];
    expect(errors.map(stageOf)).toEqual([2]);
  });

  test('have their type behind instanceof too', () => {
    const thrown: unknown = wireErrors.RUN_ENDED('cancelled');
    if (!(thrown instanceof StagewireError)) throw new Error('not an error of the wire');
    expect(thrown.code === 'RUN_ENDED' && thrown.details.status).toBe('cancelled');
  });

  test('cannot be left out where a code always has some', () => {
    // @ts-expect-error: the run is missing
    const bare = new StagewireError('RUN_NOT_FOUND', 'Without a run.');
    const own = new StagewireError('FORBIDDEN', 'With those of an application.', {
      details: { plan: 'free' },
    });
    expect([bare.details, own.details]).toEqual([undefined, { plan: 'free' }]);
  });

  test('say of stages and runs what the schemas say', () => {
    expectTypeOf<Expect>().toExtend<ErrorDetails['STAGE_MISMATCH']['expected']>();
    expectTypeOf<ErrorDetails['STAGE_MISMATCH']['expected']>().toExtend<Expect>();
    expectTypeOf<AttemptTarget | null>().toExtend<ErrorDetails['STAGE_MISMATCH']['actual']>();
    expectTypeOf<ErrorDetails['STAGE_MISMATCH']['actual']>().toExtend<Readonly<AttemptTarget> | null>();
  });
});

function stageOf(error: StagewireError): number | undefined {
  if (error.code === 'INVALID_INPUT') {
    expectTypeOf(error.details?.issues[0]?.field).toEqualTypeOf<string | undefined>();
  }
  return error.code === 'STAGE_MISMATCH' ? error.details.actual?.stage : undefined;
}
