import { expect, test } from 'vitest';
import { createLocalRuns } from '../../server/identity/local-runs.ts';
import { localPrincipal, ownersOf, type Principal } from '../../server/identity/principal.ts';

const link = { runId: 'run_a-link-to-one-run', shareId: '0123456789abcdef', may: 'read' } as const;

test.each<[name: string, principal: Partial<Principal>, owners: readonly string[]]>([
  ['the owner', { owner: 'ann' }, ['ann', 'local']],
  ['one that has the owner among others', { owner: 'bob', owners: ['bob', 'ann'] }, ['bob', 'ann', 'local']],
  ['one that has both already', { owner: 'local', owners: ['local', 'ann'] }, ['local', 'ann']],
  ['another owner', { owner: 'bob' }, ['bob']],
  ['an owner with a name that begins alike', { owner: 'anna' }, ['anna']],
  ['an admin of another owner', { owner: 'root', permissions: ['admin'] }, ['root']],
  ['a link to a run of the owner', { owner: 'ann', link }, ['ann']],
])('the runs from before authentication: %s', async (_name, given, owners) => {
  const principal: Principal = { ...localPrincipal, ...given };
  const { identify, identifyToken, source } = createLocalRuns('ann');
  const request = {} as Parameters<ReturnType<typeof identify>>[0];
  const all = [
    await identify(() => principal)(request, null),
    await identifyToken(async () => principal)('a token', undefined),
    await source({
      kind: 'key',
      version: async () => '1',
      current: async () => principal,
    }).current('key:1'),
  ];
  for (const found of all) {
    expect(ownersOf(found)).toEqual(owners);
    expect(found.owner).toBe(principal.owner);
  }
  expect(await createLocalRuns(undefined).identifyToken(async () => principal)('', undefined)).toBe(
    principal,
  );
});
