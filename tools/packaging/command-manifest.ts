/** The parts of the repository's manifest that are read here. */
export interface RootManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

/** The parts of `package-lock.json` that are read here. */
export interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string }>>;
}

export interface CommandManifestOptions {
  readonly root: RootManifest;
  readonly lock: Lock;
  /** The packages that the built code imports. */
  readonly packages: readonly string[];
}

/** Where the package has its command. */
const commandFile = 'cli/bin.js';

/**
 * The manifest of the package `stagewire`: it depends on exactly what its code imports, in exactly the versions that
 * the tests ran with.
 */
export function commandManifest({ root, lock, packages }: CommandManifestOptions): object {
  const { name, version, description, license } = root;
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    engines: { node: '>=24' },
    bin: { [name]: commandFile },
    dependencies: Object.fromEntries(packages.toSorted().map((it) => [it, lockedVersion(lock, it)])),
  };
}

function lockedVersion(lock: Lock, name: string): string {
  const version = lock.packages[`node_modules/${name}`]?.version;
  if (version === undefined) throw new Error(`package-lock.json has no version of ${name}.`);
  return version;
}
