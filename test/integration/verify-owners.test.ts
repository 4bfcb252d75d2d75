import { expect, test, vi } from 'vitest';
import { chooseChecks } from '../../cli/verify/all-checks.ts';
import { createVerifyContext } from '../../cli/verify/create-verify-context.ts';
import { verify } from '../../cli/verify/verify.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { startKeyedApp } from '../support/keyed-app.ts';

vi.setConfig({ testTimeout: 60_000 });

test.each([
  ['an admin', ['admin'] as const, 1],
  ['another caller', undefined, 3],
])(
  'the laws of owners hold on a server with access keys, seen by %s',
  async (_name, permissions, skipped) => {
    await using app = await startKeyedApp();
    const { token } = await app.key({ owner: 'root', ...(permissions && { permissions: [...permissions] }) });
    const results = await verify(
      await createVerifyContext({ url: app.url, token, clock: systemClock, patienceMs: 5000 }),
      {
        checks: chooseChecks(['P50', 'P51', 'P52', 'P53']),
        slow: false,
        signal: new AbortController().signal,
        onResult: () => Promise.resolve(),
      },
    );
    expect(results.filter(({ outcome }) => outcome === 'fail')).toEqual([]);
    expect(results.filter(({ outcome }) => outcome === 'skip')).toHaveLength(skipped);
    // The keys that it has created are revoked.
    const listed = (await (
      await app.fetch('/trpc/keys.list', (await app.key({ permissions: ['admin'] })).token)
    ).json()) as {
      readonly result: { readonly data: readonly { readonly name: string; readonly revokedAt?: string }[] };
    };
    const left = listed.result.data.filter(
      ({ name, revokedAt }) => name.includes('verify') && revokedAt === undefined,
    );
    expect(left).toEqual([]);
  },
);
