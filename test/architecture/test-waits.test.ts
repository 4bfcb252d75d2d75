import { parseAst } from 'vitest/node';
import { describe, expect, test } from 'vitest';
import { importsOf, syntaxOf, walkSyntax, type SyntaxNode } from '../support/module-graph.ts';
import { codeFiles, textOf } from '../support/source-tree.ts';

// A pause is right where silence is observed, or where the pace of real time is what a test is about; a comment says so.
// What waits for a condition waits with `until`, which has a bound and says what did not come.

/** Benches and fuzzers play in real time; nothing in them is waited for but that. */
const files = codeFiles().filter((path) => /^test\/(?!bench\/|fuzz\/)/.test(path));

/** Loops that pause and are no poll: each goes on with its work until it is ended. */
const workers = new Map([
  ['test/support/until.ts', 'the poll that has a bound'],
  ['test/support/health-watch.ts', 'asks ten times a second until it is told to stop'],
  ['test/support/persistent-subscriber.ts', 'comes back until its run has ended or it is told to leave'],
  ['test/integration/odd-answers.test.ts', 'a provider that drips until its socket is closed'],
  ['test/integration/odd-connections.test.ts', 'asks for the health while other work goes on'],
]);

interface Pause {
  /** Counted from 0. */
  readonly line: number;
  readonly inEndlessLoop: boolean;
}

describe('a pause in a test', () => {
  test.each(files)('%s says why, and polls nothing', (path) => {
    const text = textOf(path);
    expect(unexplained(text, pausesIn(syntaxOf(path), text))).toEqual([]);
    const polls = pausesIn(syntaxOf(path), text).filter(({ inEndlessLoop }) => inEndlessLoop);
    if (!workers.has(path)) expect(polls.map(({ line }) => line + 1)).toEqual([]);
  });

  test('the list of loops has none that is no more', () => {
    const without = [...workers.keys()].filter((path) => {
      const text = textOf(path);
      return !pausesIn(syntaxOf(path), text).some(({ inEndlessLoop }) => inEndlessLoop);
    });
    expect(without).toEqual([]);
  });

  test('all sleeping is done by a timer that the look knows', () => {
    const known = new Set(['setTimeout', 'setImmediate']);
    const odd = files
      .flatMap(importsOf)
      .filter(({ specifier }) => specifier.endsWith('timers/promises'))
      .filter(({ names }) => names.length === 0 || names.some((name) => !known.has(name)));
    expect(odd).toEqual([]);
  });

  test.each([
    ["import { setTimeout as nap } from 'node:timers/promises';\nawait nap(5);", [1], []],
    ["import { setTimeout } from 'timers/promises';\n// Why.\nawait setTimeout(5);", [], []],
    ['await new Promise((resolve) => setTimeout(resolve, 5));', [0], []],
    ['await page.waitForTimeout(5);', [0], []],
    ['// Why.\nwhile (!isSo()) await new Promise((done) => setTimeout(done, 1));', [], [1]],
    ['for (;;) {\n  // Why.\n  await page.waitForTimeout(1);\n}', [], [2]],
    ['for (let n = 0; n < 5; n += 1) {\n  // Why.\n  await page.waitForTimeout(1);\n}', [], []],
    ['while (isSo()) run(async () => {\n  // Why.\n  await page.waitForTimeout(1);\n});', [], []],
    ['await new Promise((resolve) => socket.once("close", resolve));', [], []],
  ])('the look sees through %j', (text, bare, polls) => {
    const program = parseAst(text, { lang: 'ts' }, 'a.ts') as unknown as { body: SyntaxNode[] };
    const pauses = pausesIn(program.body, text);
    expect(unexplained(text, pauses)).toEqual(bare.map((line) => line + 1));
    expect(pauses.filter(({ inEndlessLoop }) => inEndlessLoop).map(({ line }) => line)).toEqual(polls);
  });
});

/** The lines, counted from 1, of pauses without a comment right above. */
function unexplained(text: string, pauses: readonly Pause[]): number[] {
  const lines = text.split('\n');
  const isComment = (line = '') => /^\s*(?:\/\/|\*\/|\/\*\*)/.test(line);
  return pauses.filter(({ line }) => !isComment(lines[line - 1])).map(({ line }) => line + 1);
}

/** Every `await` of time itself. */
function pausesIn(body: readonly SyntaxNode[], text: string): Pause[] {
  const sleeps = new Set(body.flatMap(sleepNames));
  const found: Pause[] = [];
  const descend = (value: unknown, inEndlessLoop: boolean): void => {
    if (Array.isArray(value)) return value.forEach((item) => descend(item, inEndlessLoop));
    if (!isNode(value)) return;
    if (value.type === 'AwaitExpression' && isPause(value['argument'], sleeps)) {
      found.push({ line: text.slice(0, value['start'] as number).split('\n').length - 1, inEndlessLoop });
    }
    const isFunction = /Function/.test(value.type);
    const inside = !isFunction && (inEndlessLoop || isEndless(value));
    for (const child of Object.values(value)) descend(child, inside);
  };
  descend(body, false);
  return found;
}

/** The local names of a timer that is a promise. */
function sleepNames(statement: SyntaxNode): string[] {
  const source = statement['source'] as { value?: unknown } | null | undefined;
  if (!/^(?:node:)?timers\/promises$/.test(String(source?.value))) return [];
  return (statement['specifiers'] as SyntaxNode[])
    .filter(({ imported }) => nameOf(imported) === 'setTimeout')
    .map(({ local }) => nameOf(local));
}

function isPause(node: unknown, sleeps: ReadonlySet<string>): boolean {
  if (!isNode(node)) return false;
  const { callee } = node;
  if (node.type === 'CallExpression') {
    return sleeps.has(nameOf(callee)) || nameOf((callee as SyntaxNode)['property']) === 'waitForTimeout';
  }
  if (node.type !== 'NewExpression' || nameOf(callee) !== 'Promise') return false;
  let isTimed = false;
  walkSyntax(node['arguments'] as SyntaxNode[], (inner) => {
    isTimed ||= inner.type === 'CallExpression' && nameOf(inner['callee']) === 'setTimeout';
  });
  return isTimed;
}

/** A loop that nothing counts. */
function isEndless({ type, ...node }: SyntaxNode): boolean {
  if (type === 'WhileStatement' || type === 'DoWhileStatement') return true;
  return type === 'ForStatement' && !isNode(node['init']);
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function nameOf(node: unknown): string {
  return isNode(node) && 'name' in node ? String(node['name']) : '';
}
