import { describe, expect, test } from 'vitest';
import { importsOf, projectImports, type ModuleImport } from '../support/module-graph.ts';
import { codeFiles } from '../support/source-tree.ts';

/** The server's folders, from the lowest row up; those in one row do not import each other. `.` is its own root. */
const serverRows = [
  ['runtime'],
  ['identity', 'log', 'providers', 'pipeline'],
  ['limits'],
  ['cluster'],
  ['runs/decide'],
  ['runs/requests'],
  ['runs/execute'],
  ['delivery', 'runs'],
  ['metrics', 'telemetry'],
  ['api'],
  ['transport'],
  ['transport/trpc-ws'],
  ['transport/http'],
  ['legacy'],
  ['process'],
  ['.'],
];

/** Which packages each package may import. */
const packageArrows: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  client: ['shared'],
  server: ['shared'],
  console: ['client'],
  cli: ['shared', 'client', 'server'],
  tools: ['shared'],
};

/** The entries of the client that its users import, as the console does. */
const clientFronts = new Set(['@stagewire/client', '@stagewire/client/react', '@stagewire/client/text']);

/** The checks, and not the command that finds the server for them. */
const isCheck = (path: string) => path.startsWith('cli/verify/') && path !== 'cli/verify/command-verify.ts';

const imports = projectImports();

describe('imports point one way', () => {
  test('there are imports to look at', () => {
    expect(imports.length).toBeGreaterThan(20);
  });

  test.each(Object.entries(packageArrows))('%s imports of our packages only %j', (from, allowed) => {
    expect(imports.some((it) => packageOf(it.from) === from)).toBe(true);
    expect(
      offending(
        (it) =>
          packageOf(it.from) === from && leavesItsPackage(it) && !allowed.includes(packageOf(it.to) ?? ''),
      ),
    ).toEqual([]);
  });

  test('the console imports the client by its public entries', () => {
    expect(
      offending(
        (it) => packageOf(it.from) === 'console' && leavesItsPackage(it) && !clientFronts.has(it.specifier),
      ),
    ).toEqual([]);
  });

  test('the conformance checks share no code with the client', () => {
    expect(offending((it) => isCheck(it.from) && packageOf(it.to) === 'client')).toEqual([]);
  });

  test('a package is named, not reached by a path', () => {
    expect(
      offending(
        (it) =>
          Object.hasOwn(packageArrows, packageOf(it.from) ?? '') &&
          leavesItsPackage(it) &&
          it.specifier.startsWith('.'),
      ),
    ).toEqual([]);
  });

  test('every folder of the server imports only folders before it', () => {
    expect(
      offending((it) => {
        if (packageOf(it.from) !== 'server' || packageOf(it.to) !== 'server') return false;
        const [from, to] = [serverFolder(it.from), serverFolder(it.to ?? '')];
        return from !== to && rowOf(to) >= rowOf(from);
      }),
    ).toEqual([]);
  });

  test('delivery imports nothing of runs', () => {
    expect(
      offending(
        (it) => it.from.startsWith('server/delivery/') && (it.to?.startsWith('server/runs/') ?? false),
      ),
    ).toEqual([]);
  });

  test('what decides imports nothing that acts, and no log', () => {
    expect(
      offending(
        (it) =>
          it.from.startsWith('server/runs/decide/') &&
          it.to !== undefined &&
          !/^(?:shared|server\/pipeline|server\/runs\/decide)\//.test(it.to),
      ),
    ).toEqual([]);
  });

  test('every folder of the server has its place in that order', () => {
    const folders = codeFiles()
      .filter((path) => path.startsWith('server/'))
      .map(serverFolder);
    expect([...new Set(folders)].filter((folder) => rowOf(folder) === -1)).toEqual([]);
    expect(serverRows.flat().filter((folder) => !folders.includes(folder))).toEqual([]);
  });

  test('no module imports itself by a detour', () => {
    expect(cyclesIn(imports)).toEqual([]);
  });
});

describe('what a client loads is free of schemas', () => {
  test.each(['shared/index.ts', 'client/index.ts'])('%s loads no zod at run time', (entry) => {
    // The client is there or not there as a whole: an absent entry has nothing to load.
    if (!codeFiles().includes(entry)) return;
    const loaded = loadedFrom(entry);
    expect(
      loaded.filter((it) => it.specifier === 'zod' || it.specifier.startsWith('zod/')).map(inWords),
    ).toEqual([]);
    expect(loaded.length).toBeGreaterThan(0);
  });

  test('the look at what is loaded sees the schemas where they are', () => {
    expect(loadedFrom('shared/contract.ts').map((it) => it.specifier)).toContain('zod');
  });
});

function offending(isWrong: (it: ModuleImport) => boolean): string[] {
  return imports.filter(isWrong).map(inWords);
}

function inWords(it: ModuleImport): string {
  return `${it.from} imports ${it.specifier}`;
}

function packageOf(path: string | undefined): string | undefined {
  return path?.split('/')[0];
}

function leavesItsPackage(it: ModuleImport): boolean {
  return it.to !== undefined && packageOf(it.to) !== packageOf(it.from);
}

/** The deepest folder that has a row of its own: `runs/decide` is part of `runs`. */
function serverFolder(path: string): string {
  const parts = path.split('/').slice(1, -1);
  if (parts.length === 0) return '.';
  const known = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  return known.findLast((folder) => rowOf(folder) !== -1) ?? parts.join('/');
}

function rowOf(folder: string): number {
  return serverRows.findIndex((row) => row.includes(folder));
}

/** Everything that comes into memory with a module, types left out. */
function loadedFrom(entry: string): ModuleImport[] {
  const seen = new Set<string>();
  const load = (path: string): ModuleImport[] => {
    if (seen.has(path)) return [];
    seen.add(path);
    return importsOf(path)
      .filter((it) => !it.typeOnly)
      .flatMap((it) => [it, ...(it.to?.endsWith('.ts') === true ? load(it.to) : [])]);
  };
  return load(entry);
}

/** One way round for each module that can be reached from itself, types included. */
function cyclesIn(all: readonly ModuleImport[]): string[] {
  const next = Map.groupBy(all, (it) => it.from);
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      cycles.push([...way.slice(way.indexOf(path)), path].join(' → '));
      return;
    }
    state.set(path, 'open');
    for (const it of next.get(path) ?? []) if (it.to !== undefined) visit(it.to, [...way, path]);
    state.set(path, 'done');
  };
  for (const path of next.keys()) visit(path, []);
  return cycles;
}
