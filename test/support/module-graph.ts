import { posix } from 'node:path';
import { parseAst } from 'vitest/node';
import { codeFiles, textOf } from './source-tree.ts';

/** A node of a syntax tree (ESTree, with TypeScript's nodes), as far as the tests look at it. */
export interface SyntaxNode {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** One import or re-export of a module, in whichever form it is written. */
export interface ModuleImport {
  /** The file that imports, from the project's root. */
  readonly from: string;
  /** What stands between the quotes. */
  readonly specifier: string;
  /** The file that is meant, if it is one of ours; else `undefined`. */
  readonly to: string | undefined;
  /** Nothing of it is left when the types are gone. */
  readonly typeOnly: boolean;
  /** Loaded when the call of `import` is made, not when the file is. */
  readonly isDynamic: boolean;
  /** The names it takes, where it takes some by name. */
  readonly names: readonly string[];
}

/** The syntax tree of a file's top level, one node for each statement. */
export function syntaxOf(path: string): readonly SyntaxNode[] {
  const program: unknown = parseAst(textOf(path), { lang: path.endsWith('x') ? 'tsx' : 'ts' }, path);
  return (program as { body: SyntaxNode[] }).body;
}

/** Calls `visit` with every node below, and with the node above each. */
export function walkSyntax(
  nodes: readonly SyntaxNode[],
  visit: (node: SyntaxNode, parent: SyntaxNode | undefined) => void,
): void {
  const descend = (value: unknown, parent: SyntaxNode | undefined): void => {
    if (Array.isArray(value)) return value.forEach((item) => descend(item, parent));
    if (!isNode(value)) return;
    visit(value, parent);
    for (const child of Object.values(value)) descend(child, value);
  };
  descend(nodes, undefined);
}

/** Every import of one file: static, dynamic, re-export, and types imported in place. */
export function importsOf(path: string): ModuleImport[] {
  const found: ModuleImport[] = [];
  walkSyntax(syntaxOf(path), (node) => {
    const specifier = literal(node['source']);
    if (specifier === undefined) return;
    const names = namedBy(node);
    found.push({
      from: path,
      specifier,
      to: resolve(path, specifier),
      typeOnly: isTypeOnly(node),
      isDynamic: node.type === 'ImportExpression',
      names,
    });
  });
  return found;
}

/** Every import of the project's code. */
export function projectImports(): ModuleImport[] {
  return codeFiles().flatMap(importsOf);
}

function isTypeOnly(node: SyntaxNode): boolean {
  if (node.type === 'TSImportType') return true;
  return (node['importKind'] ?? node['exportKind']) === 'type';
}

function namedBy(node: SyntaxNode): string[] {
  const specifiers = (node['specifiers'] ?? []) as readonly SyntaxNode[];
  return specifiers.flatMap((specifier) => {
    const name = (specifier['imported'] ?? specifier['local']) as { name?: string } | undefined;
    return name?.name === undefined ? [] : [name.name];
  });
}

/** Where a specifier leads inside the project; packages of ours lead to their sources. */
function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier);
  const match = /^@stagewire\/(shared|client|server)(?:\/(.+))?$/.exec(specifier);
  if (match === null) return undefined;
  const [, name, entry = 'index'] = match;
  return `${name}/${name === 'client' && entry === 'react' ? 'react/index' : entry}.ts`;
}

function literal(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Literal' && typeof node['value'] === 'string'
    ? node['value']
    : undefined;
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
