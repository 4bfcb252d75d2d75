import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { syntaxOf, type SyntaxNode } from '../support/module-graph.ts';
import { textOf } from '../support/source-tree.ts';

// What users see in their editor: each name of the package, and each member of its interfaces, says what it is.

const fronts = ['client/index.ts', 'client/react/index.ts', 'client/testing/index.ts', 'client/text.ts'];

describe.each(fronts)('%s', (front) => {
  const exported = exportsOf(front);

  test('exports names whose declarations are found', () => {
    expect(exported.length).toBeGreaterThan(4);
    expect(exported.filter(({ declaration }) => declaration === undefined).map(({ name }) => name)).toEqual(
      [],
    );
  });

  test('has a docstring for each of them, and for each of their members', () => {
    expect(exported.flatMap(undocumentedIn)).toEqual([]);
  });
});

test('a declaration or a member without a docstring would be found', () => {
  const file = 'client/react/use-runs.ts';
  const bare = { name: 'bare', file, declaration: syntaxOf(file)[0] };
  expect(undocumentedIn(bare)).toEqual([`${file}: bare`]);
});

interface Exported {
  readonly name: string;
  readonly file: string;
  /** The statement that declares it. */
  readonly declaration: SyntaxNode | undefined;
}

/** The names that a front hands on by name. What it hands on whole is the generated contract, with a test of its own. */
function exportsOf(front: string): Exported[] {
  return syntaxOf(front)
    .filter((node) => node.type === 'ExportNamedDeclaration')
    .flatMap((node) => {
      const source = String((node['source'] as { value?: unknown } | null)?.value);
      const names = (node['specifiers'] as readonly { readonly local: { readonly name: string } }[]).map(
        ({ local }) => local.name,
      );
      return names.map((name) => declarationOf(name, fileOf(front, source)));
    });
}

/** Follows a name to the file that declares it. */
function declarationOf(name: string, file: string): Exported {
  for (const node of syntaxOf(file)) {
    if (node.type !== 'ExportNamedDeclaration') continue;
    const declaration = node['declaration'] as SyntaxNode | null;
    if (declaration !== null && namesOf(declaration).includes(name)) return { name, file, declaration: node };
    const specifiers = node['specifiers'] as readonly { readonly exported: { readonly name: string } }[];
    const source = (node['source'] as { value?: unknown } | null)?.value;
    if (typeof source === 'string' && specifiers.some(({ exported }) => exported.name === name)) {
      return declarationOf(name, fileOf(file, source));
    }
  }
  return { name, file, declaration: undefined };
}

function namesOf(declaration: SyntaxNode): string[] {
  const declared = (declaration['declarations'] as readonly SyntaxNode[] | undefined) ?? [declaration];
  return declared.map((it) => String((it['id'] as { name?: unknown } | null)?.name));
}

function fileOf(from: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier);
  const entry = specifier.replace(/^@stagewire\/shared\/?/, '');
  return `shared/${entry === '' ? 'index' : entry}.ts`;
}

/** The declaration if it has no docstring, and its members that have none. */
function undocumentedIn({ name, file, declaration }: Exported): string[] {
  if (declaration === undefined) return [];
  const text = textOf(file);
  const missing: string[] = [];
  if (!isDocumented(text, declaration)) missing.push(`${file}: ${name}`);
  const look = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(look);
    if (typeof value !== 'object' || value === null) return;
    const node = value as SyntaxNode;
    if (/^(?:BlockStatement|MethodDefinition|TSFunctionType)$/.test(node.type)) return;
    if (!/^(?:TSPropertySignature|TSMethodSignature|PropertyDefinition)$/.test(node.type)) {
      return Object.values(node).forEach(look);
    }
    const key = String((node['key'] as { name?: unknown } | undefined)?.name);
    // A member that the type rules out needs no words.
    const isRuledOut = /\?: undefined;?$/.test(textIn(text, node));
    if (!isRuledOut && !isDocumented(text, node)) missing.push(`${file}: ${name}.${key}`);
  };
  look(declaration['declaration']);
  return [
    ...missing,
    ...basesOf(declaration['declaration'] as SyntaxNode | undefined, file).flatMap(undocumentedIn),
  ];
}

/** The interfaces of ours that an interface extends, exported by the front or not. */
function basesOf(declaration: SyntaxNode | undefined, file: string): Exported[] {
  const bases = (declaration?.['extends'] ?? []) as readonly {
    readonly expression: { readonly name: string };
  }[];
  return bases.flatMap(({ expression: { name } }) => {
    const imported = syntaxOf(file).find(
      (node) =>
        node.type === 'ImportDeclaration' &&
        (node['specifiers'] as readonly { readonly local: { readonly name: string } }[]).some(
          ({ local }) => local.name === name,
        ),
    );
    const source = (imported?.['source'] as { value?: unknown } | undefined)?.value;
    const base = declarationOf(name, typeof source === 'string' ? fileOf(file, source) : file);
    return base.declaration === undefined ? [] : [base];
  });
}

function textIn(text: string, node: SyntaxNode): string {
  return text.slice(node['start'] as number, node['end'] as number);
}

/** Is there a docstring that says more than a default? */
function isDocumented(text: string, node: SyntaxNode): boolean {
  const before = text.slice(0, node['start'] as number).trimEnd();
  if (!before.endsWith('*/')) return false;
  const comment = before.slice(before.lastIndexOf('/**'));
  return /[a-z]{2}/i.test(comment.replace(/@default[^\n]*/, ''));
}
