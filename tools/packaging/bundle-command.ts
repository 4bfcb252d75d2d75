import { isBuiltin } from 'node:module';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin, type Rolldown } from 'vite';

/** The folder of the package that has all JavaScript of server and command line. */
const codeFolder = 'lib';

/** Where the package has its command. */
export const commandFile = `${codeFolder}/bin.js`;

/** Speed up `ws` where they are installed; native, so they cannot be bundled. */
const optional = ['bufferutil', 'utf-8-validate'];

const conditions = ['@stagewire/source', 'node', 'module', 'production', 'default'];

/**
 * Writes the JavaScript of the command with all packages that it needs, so that an installation downloads nothing
 * else. Each package has a file of its own below `lib/vendor`, which a stack trace then names.
 *
 * @returns the folders of those packages, relative to the root.
 */
export async function bundleCommand(root: string, folder: string): Promise<string[]> {
  const built = (await build({
    configFile: false,
    root,
    logLevel: 'warn',
    publicDir: false,
    plugins: [filesByUrl(root)],
    resolve: { conditions },
    ssr: { noExternal: true, external: optional, resolve: { conditions } },
    build: {
      ssr: true,
      outDir: folder,
      emptyOutDir: false,
      // Readable stack traces help more than a smaller file.
      minify: false,
      target: 'node24',
      reportCompressedSize: false,
      chunkSizeWarningLimit: Infinity,
      rolldownOptions: {
        input: { bin: join(root, 'cli/bin.ts') },
        output: {
          format: 'es',
          entryFileNames: `${codeFolder}/[name].js`,
          chunkFileNames: `${codeFolder}/[name].js`,
          codeSplitting: {
            includeDependenciesRecursively: false,
            groups: [{ test: /[\\/]node_modules[\\/]/, name: vendorName, debugName: 'vendor' }],
          },
        },
      },
    },
  })) as Rolldown.RolldownOutput;
  const chunks = built.output.filter((it) => it.type === 'chunk');
  assertComplete(chunks);
  const ids = chunks.flatMap(({ moduleIds }) => moduleIds.map((id) => relative(root, id)));
  return [...new Set(ids.flatMap((id) => packageFolder.exec(id)?.[0] ?? []))];
}

const packageFolder = /^node_modules\/.*(?<=node_modules\/)(?:@[^/]+\/)?[^/]+/;

/**
 * A source may name a file by its address: another source, as a worker is started, or the folder of the console. The
 * bundled code is in another folder, so the address is replaced by that of the same file in the package.
 */
function filesByUrl(root: string): Plugin {
  return {
    name: 'files-by-url',
    // Before the types are removed, since that may change the quotes.
    enforce: 'pre',
    transform(code, id) {
      if (id.includes('/node_modules/')) return null;
      const named = /new URL\('(\.[^']+)', import\.meta\.url\)/g;
      if (code.search(named) === -1) return null;
      const replaced = code.replaceAll(named, (_all, path: string) => {
        const file = fileURLToPath(new URL(path, `file://${id}`));
        if (!path.endsWith('.ts')) return addressOf(posix.relative(codeFolder, relative(root, file)));
        const name = file.slice(dirname(file).length + 1).replace(/\.ts$/, '.js');
        this.emitFile({ type: 'chunk', id: file, fileName: `${codeFolder}/${name}` });
        return addressOf(`./${name}`);
      });
      return { code: replaced, map: null };
    },
  };
}

function addressOf(path: string): string {
  return `new URL('${path}', import.meta.url)`;
}

/** `vendor/fastify`, `vendor/trpc-server`. */
function vendorName(id: string): string | null {
  const [, name] = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(id) ?? [];
  return name === undefined ? null : `vendor/${name.replace('@', '').replaceAll(/[\\/]/g, '-')}`;
}

/** @throws Error if the code imports a package that it does not contain. */
function assertComplete(chunks: readonly Rolldown.OutputChunk[]): void {
  const own = new Set(chunks.map(({ fileName }) => fileName));
  const specifiers = chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]);
  const outside = specifiers.filter((it) => !own.has(it) && !isBuiltin(it));
  if (outside.length > 0) throw new Error(`The package would need ${[...new Set(outside)].join(', ')}.`);
}
