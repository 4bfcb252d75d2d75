import { describe, expect, test } from 'vitest';
import { projectFiles, textOf } from '../support/source-tree.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string }>>;
}

const exact = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;
const manifests = projectFiles()
  .filter((path) => path === 'package.json' || /^(?:shared|server|client)\/package\.json$/.test(path))
  .map((path) => JSON.parse(textOf(path)) as Manifest);
const used = manifests.flatMap((manifest) =>
  Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).map(
    // An alias, as in `npm:name@1.2.3`, pins what it names.
    ([name, version]) => [name, version.replace(/^npm:.+@/, ''), manifest.name] as const,
  ),
);
/** A library that is installed into apps must not bring a second copy of what they have; the lock file pins these. */
const isRange = ([name, , user]: (typeof used)[number]) =>
  user === '@stagewire/client' && (name.startsWith('@trpc/') || name === 'diff');
const ranges = used.filter(isRange);
const pinned = used.filter((it) => !isRange(it));

describe('dependencies', () => {
  test('every one is pinned exactly', () => {
    expect(pinned.length).toBeGreaterThan(10);
    expect(pinned.filter(([, version]) => !exact.test(version))).toEqual([]);
  });

  test('the ranges of the client begin with the version that the others use', () => {
    expect(ranges.length).toBe(3);
    const versions = new Map(pinned.map(([name, version]) => [name, version]));
    const odd = ranges.filter(
      ([name, range]) => range !== `^${versions.get(name) ?? installedVersion(name)}`,
    );
    expect(odd).toEqual([]);
  });

  test('one that two packages use has one version', () => {
    const versions = Map.groupBy(pinned, ([name]) => name);
    const torn = [...versions].filter(([, uses]) => new Set(uses.map(([, version]) => version)).size > 1);
    expect(torn).toEqual([]);
  });

  test('the lock file and what is installed say the same', () => {
    const lock = JSON.parse(textOf('package-lock.json')) as Lock;
    const odd = pinned
      .filter(([name]) => !name.startsWith('@stagewire/'))
      .map(([name, version]) => ({
        name,
        version,
        locked: lock.packages[`node_modules/${name}`]?.version,
        installed: installedVersion(name),
      }))
      .filter((it) => it.locked !== it.version || it.installed !== it.version);
    expect(odd).toEqual([]);
  });

  test('the tests run on the pinned Node', () => {
    const [, version] = pinned.find(([name]) => name === 'node') ?? [];
    expect(process.versions.node).toBe(version);
  });
});

function installedVersion(name: string): string {
  return (JSON.parse(textOf(`node_modules/${name}/package.json`)) as Manifest).version;
}
