import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { promisify } from 'node:util';
import { parseSync } from 'vite';
import { entries } from './entries.ts';

interface ImportFound {
  /** The position of its specifier between its quotes. */
  readonly start: number;
  readonly end: number;
  readonly specifier: string;
  readonly names: readonly string[];
}

/**
 * Writes the package's declarations in the folder structure of the sources: `types/client/index.d.ts`. It contains only
 * what is reachable from an entry. Imports from the entry of `@stagewire/shared` are resolved to the file that declares
 * the name: the entry itself refers to the schemas, and would require zod.
 */
export async function declare(root: string, folder: string): Promise<void> {
  const emitted = await mkdtemp(join(folder, 'emitted-'));
  try {
    await emit(root, emitted);
    const homes = namesOf(await readFile(join(emitted, 'shared/index.d.ts'), 'utf8'));
    const written = new Set<string>();
    const write = async (path: string): Promise<void> => {
      if (written.has(path)) return;
      written.add(path);
      const text = await readFile(join(emitted, path), 'utf8');
      const target = join(folder, 'types', path);
      const linked = relink(path, text, homes);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, linked.text);
      for (const next of linked.reached) await write(next);
    };
    for (const source of Object.values(entries)) await write(declarationOf(source));
  } finally {
    await rm(emitted, { recursive: true, force: true });
  }
}

async function emit(root: string, outDir: string): Promise<void> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const project = join(outDir, 'tsconfig.json');
  // By its path, since the compiler emits nothing for files found in node_modules.
  const paths = {
    '@stagewire/shared': [join(root, 'shared/index.ts')],
    '@stagewire/shared/*': [join(root, 'shared/*.ts')],
  };
  const options = {
    noEmit: false,
    emitDeclarationOnly: true,
    declaration: true,
    rootDir: root,
    outDir,
    paths,
  };
  const files = Object.values(entries).map((path) => join(root, path));
  await writeFile(
    project,
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { ...options, typeRoots: [join(root, 'node_modules/@types')] },
      include: [],
      files,
    }),
  );
  try {
    await promisify(execFile)(process.execPath, [compiler, '--project', project], { cwd: root });
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    throw new Error(`The declarations could not be made:\n${output}`, { cause: error });
  }
}

/** The text with every import resolved to a file of the package, and those files. */
function relink(path: string, text: string, homes: ReadonlyMap<string, string>) {
  let linked = text;
  const reached: string[] = [];
  for (const found of importsIn(text).toReversed()) {
    const to = fileMeant(path, found, homes);
    if (to === undefined) continue;
    reached.push(to);
    const way = posix.relative(posix.dirname(path), to).replace(/\.d\.ts$/, '.js');
    const specifier = way.startsWith('.') ? way : `./${way}`;
    linked = linked.slice(0, found.start) + specifier + linked.slice(found.end);
  }
  return { text: linked, reached };
}

/** The declaration file of an import; `undefined` for other packages. */
function fileMeant(
  from: string,
  { specifier, names }: ImportFound,
  homes: ReadonlyMap<string, string>,
): string | undefined {
  if (specifier.startsWith('.')) return declarationOf(posix.join(posix.dirname(from), specifier));
  const [, own] = /^@stagewire\/shared\/(.+)$/.exec(specifier) ?? [];
  if (own !== undefined) return `shared/${own}.d.ts`;
  if (specifier !== '@stagewire/shared') return undefined;
  const files = new Set(names.map((name) => homes.get(name)));
  const [file] = files;
  if (files.size === 1 && file !== undefined) return file;
  throw new Error(
    `${from} takes ${names.join(', ')} from @stagewire/shared by one statement. Take names that are declared in ` +
      'several files by a statement for each file, so that the declarations can lead there.',
  );
}

/** The file of each name that the entry of `@stagewire/shared` re-exports. */
function namesOf(front: string): ReadonlyMap<string, string> {
  return new Map(
    importsIn(front).flatMap(({ specifier, names }) =>
      names.map((name) => [name, declarationOf(posix.join('shared', specifier))] as const),
    ),
  );
}

function importsIn(text: string): ImportFound[] {
  const { program, errors } = parseSync('declaration.d.ts', text, { lang: 'dts' });
  if (errors.length > 0) throw new Error(`A declaration cannot be read: ${errors[0]?.message}`);
  const found: ImportFound[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (typeof value !== 'object' || value === null) return;
    const { source, specifiers } = value as { source?: unknown; specifiers?: readonly Specifier[] };
    if (isText(source)) {
      const { start, end, value: specifier } = source;
      found.push({ start: start + 1, end: end - 1, specifier, names: (specifiers ?? []).map(nameOf) });
    }
    for (const child of Object.values(value)) walk(child);
  };
  walk(program.body);
  return found;
}

interface Specifier {
  readonly imported?: { readonly name?: string };
  readonly local?: { readonly name?: string };
}

function nameOf({ imported, local }: Specifier): string {
  return (imported ?? local)?.name ?? '*';
}

function isText(node: unknown): node is { start: number; end: number; value: string } {
  return (
    typeof node === 'object' &&
    node !== null &&
    'type' in node &&
    node.type === 'Literal' &&
    'value' in node &&
    typeof node.value === 'string'
  );
}

function declarationOf(source: string): string {
  return source.replace(/\.tsx?$/, '.d.ts');
}
