import type { Plugin } from 'vite';

/** The file in the built folder that lists the packages: one folder a line, relative to the repository. */
const packagesFile = 'packages.txt';

export interface BundledPackages {
  /** For the page and for its workers, which Vite builds separately. */
  collect(): Plugin;
  /** For the page, whose build ends last: writes the list. */
  write(): Plugin;
}

/** Lists the packages whose code is in a build: the package `stagewire` distributes them, with their licenses. */
export function createBundledPackages(): BundledPackages {
  const folders = new Set<string>();
  return {
    collect: () => ({
      name: 'collect-bundled-packages',
      generateBundle(_options, bundle) {
        for (const chunk of Object.values(bundle)) {
          if (chunk.type !== 'chunk') continue;
          for (const id of chunk.moduleIds) {
            const [folder] = /(?<=\/)node_modules\/.*(?<=node_modules\/)(?:@[^/]+\/)?[^/]+/.exec(id) ?? [];
            if (folder !== undefined) folders.add(folder);
          }
        }
      },
    }),
    write: () => ({
      name: 'write-bundled-packages',
      generateBundle: {
        order: 'post',
        handler() {
          this.emitFile({
            type: 'asset',
            fileName: packagesFile,
            source: `${[...folders].toSorted().join('\n')}\n`,
          });
        },
      },
    }),
  };
}
