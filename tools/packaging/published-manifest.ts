/** The fields of the package's manifest that are read here. */
export interface Manifest {
  readonly [field: string]: unknown;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Fields that only the repository needs: `private` prevents `npm publish` from publishing the source folder. */
const ownFields = ['private', 'files', 'scripts', 'devDependencies'];

/**
 * The published manifest, derived from that of the repository. The published folder is `dist` itself, so paths are
 * shortened; the condition for the project's own sources and bundled dependencies are removed.
 */
export function publishedManifest(manifest: Manifest): Manifest {
  const kept = Object.entries(manifest).filter(([field]) => !ownFields.includes(field));
  const dependencies = Object.entries(manifest.dependencies).filter(([name]) => !isOurs(name));
  const exports = Object.entries(manifest.exports).map(([entry, target]) => [
    entry,
    typeof target === 'string' ? target : withoutSource(target),
  ]);
  return {
    ...Object.fromEntries(kept),
    exports: Object.fromEntries(exports) as Manifest['exports'],
    dependencies: Object.fromEntries(dependencies),
  };
}

function withoutSource(target: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(target)
      .filter(([condition]) => condition !== '@stagewire/source')
      .map(([condition, path]) => [condition, path.replace(/^\.\/dist\//, './')]),
  );
}

function isOurs(name: string): boolean {
  return name.startsWith('@stagewire/');
}
