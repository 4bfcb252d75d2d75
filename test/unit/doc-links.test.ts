import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectFiles, projectRoot, textOf } from '../support/source-tree.ts';

const documents = projectFiles().filter((path) => path.endsWith('.md'));

describe('links in the documents', () => {
  test('there are documents, and links in them', () => {
    expect(documents).toEqual(expect.arrayContaining(['README.md', 'PROTOCOL.md', 'docs/ARCHITECTURE.md']));
    expect(documents.flatMap(linksIn).length).toBeGreaterThan(50);
  });

  test.each(documents)('%s leads only to what is there', (path) => {
    expect(linksIn(path).filter((link) => !resolves(path, link))).toEqual([]);
  });

  test.each(documents)('%s: its contents, if it has them, list every section', (path) => {
    const text = withoutFences(textOf(path));
    const listed = [...text.matchAll(/^- \[[^\]]+\]\(#([^)]+)\)$/gm)].map((match) => match[1] ?? '');
    if (listed.length === 0) return;
    const sections = [...anchorsIn(text.replaceAll(/^(?:#|###+) .*$/gm, ''))];
    expect(sections.filter((anchor) => !listed.includes(anchor) && anchor !== 'contents')).toEqual([]);
  });

  test('files that ARCHITECTURE.md and CONTRIBUTING.md name are there', () => {
    const named = ['docs/ARCHITECTURE.md', 'CONTRIBUTING.md'].flatMap((path) =>
      codeIn(textOf(path)).filter((word) => /^(?:shared|server|client|test)\/[\w./-]*$/.test(word)),
    );
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((path) => !existsSync(join(projectRoot, path)))).toEqual([]);
  });

  test('the look finds a file, a heading and a folder that are not there', () => {
    expect(resolves('docs/ARCHITECTURE.md', '../PROTOCOL.md#16-models')).toBe(true);
    expect(resolves('docs/ARCHITECTURE.md', '../PROTOCOL.md#16-toys')).toBe(false);
    expect(resolves('docs/ARCHITECTURE.md', 'PROTOCOL.md')).toBe(false);
    expect(resolves('README.md', '#no-such-heading')).toBe(false);
    expect(resolves('README.md', 'docs/decisions/')).toBe(true);
  });
});

/** Where a document points to, other sites left out. */
function linksIn(path: string): string[] {
  const prose = withoutFences(textOf(path)).replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(<?([^)\s>]+)>?[^)]*\)/g)]
    .map((match) => match[1] ?? '')
    .filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target));
}

function resolves(from: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const path = file === '' ? from : normalize(join(dirname(from), file));
  const place = join(projectRoot, path);
  if (!existsSync(place)) return false;
  if (anchor === undefined) return true;
  return statSync(place).isFile() && anchorsIn(textOf(path)).has(anchor);
}

/** The anchors that GitHub gives to headings: lower case, punctuation left out, spaces as hyphens, `-1` for a second. */
function anchorsIn(markdown: string): Set<string> {
  const counts = new Map<string, number>();
  const anchors = [...withoutFences(markdown).matchAll(/^#{1,6} +(.+?) *#*$/gm)].map((match) => {
    const anchor = (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    const seen = counts.get(anchor) ?? 0;
    counts.set(anchor, seen + 1);
    return seen === 0 ? anchor : `${anchor}-${seen}`;
  });
  return new Set(anchors);
}

function withoutFences(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```$/gm, '');
}

function codeIn(markdown: string): string[] {
  return [...withoutFences(markdown).matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');
}
