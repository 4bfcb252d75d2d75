import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { build, type Plugin, type Rolldown } from 'vite';

/**
 * Writes the JavaScript of the command: a file for each source, in the folders of the sources, so that each finds what
 * it reads at run time by the same relative path, and a stack trace names the source.
 *
 * @returns the packages that the code imports; they stay outside of it.
 */
export async function bundleCommand(root: string, folder: string): Promise<string[]> {
  const built = (await build({
    configFile: false,
    root,
    logLevel: 'warn',
    publicDir: false,
    plugins: [modulesByUrl()],
    resolve: { conditions: ['@stagewire/source'] },
    // Our packages are taken in, since their sources are TypeScript.
    ssr: { noExternal: [/^@stagewire\//], resolve: { conditions: ['@stagewire/source'] } },
    build: {
      ssr: true,
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      target: 'node24',
      reportCompressedSize: false,
      rolldownOptions: {
        input: join(root, 'cli/bin.ts'),
        output: {
          format: 'es',
          preserveModules: true,
          preserveModulesRoot: root,
          entryFileNames: '[name].js',
        },
      },
    },
  })) as Rolldown.RolldownOutput;
  return packagesIn(built.output);
}

/**
 * A source may name another by its address, as a worker is started. The other one is built too, and named as it is
 * called in the package.
 */
function modulesByUrl(): Plugin {
  return {
    name: 'modules-by-url',
    // Before the types are removed, since that may change the quotes.
    enforce: 'pre',
    transform(code, id) {
      if (id.includes('/node_modules/')) return null;
      const named = /new URL\('(\.[^']+)\.ts', import\.meta\.url\)/g;
      if (code.search(named) === -1) return null;
      for (const [, path = ''] of code.matchAll(named)) {
        this.emitFile({ type: 'chunk', id: new URL(`${path}.ts`, `file://${id}`).pathname });
      }
      return { code: code.replaceAll(named, "new URL('$1.js', import.meta.url)"), map: null };
    },
  };
}

function packagesIn(output: Rolldown.RolldownOutput['output']): string[] {
  const chunks = output.filter((it) => it.type === 'chunk');
  const own = new Set(chunks.map(({ fileName }) => fileName));
  const specifiers = chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]);
  const outside = specifiers.filter((it) => !own.has(it) && !isBuiltin(it));
  return [...new Set(outside.map((it) => it.split('/', it.startsWith('@') ? 2 : 1).join('/')))];
}
