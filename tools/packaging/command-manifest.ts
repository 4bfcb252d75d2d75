/** The parts of the repository's manifest that are read here. */
export interface RootManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

/** The manifest of the package `stagewire`. It has no dependencies, since its code contains them. */
export function commandManifest(root: RootManifest, commandFile: string): object {
  const { name, version, description, license } = root;
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    engines: { node: '>=24' },
    bin: { [name]: commandFile },
  };
}
