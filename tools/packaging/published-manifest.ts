/** As far as the package's own manifest is read here. */
export interface Manifest {
  readonly [field: string]: unknown;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** What only the repository needs: `private` keeps `npm publish` from taking the folder with the sources. */
const ownFields = ['private', 'files', 'scripts', 'devDependencies'];

/**
 * The manifest of what is published, from that of the repository. The published folder is `dist` itself, so paths
 * lose it; the condition that leads to our sources goes, since they are not there; and so does what is bundled.
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
