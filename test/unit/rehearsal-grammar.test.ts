import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRehearsalShape } from '../../server/providers/rehearsal-shape.ts';
import { codeBlocksIn } from '../support/code-blocks.ts';
import { textOf } from '../support/source-tree.ts';

const document = textOf('PROTOCOL.md');
const [, grammar = ''] = codeBlocksIn(document)
  .filter(({ heading }) => heading === '16 Models')
  .map(({ code }) => code);
/** The rules by name; a line without one goes on with the rule above. */
const rules = new Map(
  grammar
    .replaceAll(/\n {4,}/g, ' ')
    .trim()
    .split('\n')
    .map((line) => line.split(/ += (.*)/s) as [string, string]),
);
/** `stall@n` and the like, as the table of faults has them. */
const faults = [...document.matchAll(/^\| `([a-z]+(?:@n)?)` +\|[^|]*\| `(?:PROVIDER|OUTPUT)_/gm)].map(
  ([, fault = '']) => fault.replace('@n', '@200'),
);
const kinds = faults.map((fault) => fault.replace(/@.*/, ''));

const pattern = new RegExp(`^${patternOf('rehearsal')}$`);

describe('the grammar of rehearsals in PROTOCOL.md', () => {
  test('fits its example and every fault of its table, and so does the server', () => {
    expect(faults).toHaveLength(8);
    const [example = ''] = /rehearsal\/ttft=300[^`]*/.exec(document) ?? [];
    const shapes = faults.flatMap((fault) => [fault, `coder.${fault}`, `${fault}x2`]);
    for (const text of [example, 'rehearsal', 'rehearsal/', ...shapes.map((it) => `rehearsal/fault=${it}`)]) {
      expect(text).toMatch(pattern);
      expect(() => parseRehearsalShape(text.replace(/^rehearsal\/?/, ''))).not.toThrow();
    }
  });

  test('has the keys that its table explains', () => {
    const keys = [...grammar.matchAll(/"([a-z]+)="/g)].map(([, key]) => key);
    const [table = ''] = /\n\| key +\| value[^]*?\n\n/.exec(document) ?? [];
    expect(keys).toEqual([...table.matchAll(/^\| `([a-z]+)` /gm)].map(([, key]) => key));
  });

  test('is what the server takes: what fits is taken if no key comes twice and all is in range', () => {
    const number = fc.integer({ min: 1, max: 99_999 }).map(String);
    const pair = fc.oneof(
      fc
        .constantFrom('ttft', 'tps', 'chars', 'seed', 'reasoning', 'patience')
        .chain((key) => number.map((it) => `${key}=${it}`)),
      number.map((it) => `tps=${it}.5`),
      number.map((it) => `chars=${it}.5`),
      fc.constantFrom('approved', 'changes', 'alternate', 'never').map((it) => `verdict=${it}`),
      fc.constantFrom(...faults, 'coder.stall@1x2', 'stall@', 'sleep@2', '.auth').map((it) => `fault=${it}`),
    );
    fc.assert(
      fc.property(fc.uniqueArray(pair, { maxLength: 4, selector: keyOf }), (pairs) => {
        const shape = pairs.join(',');
        expect(isTaken(shape)).toBe(pattern.test(`rehearsal/${shape}`));
      }),
    );
  });
});

/** A rule as a regular expression: what is optional in `[ ]`, what repeats in `{ }`, what goes together in `( )`. */
function patternOf(rule: string): string {
  if (rule === 'n') return String.raw`\d+`;
  if (rule === 'role') return '[a-z][a-z0-9-]*';
  if (rule === 'kind') return `(?:${kinds.join('|')})`;
  const body = rules.get(rule);
  if (body === undefined) throw new Error(`The grammar has no rule ${rule}.`);
  const parts = body.match(/"[^"]*"|\w+|[[\]{}()|]/g) ?? [];
  const signs: Readonly<Record<string, string>> = {
    '[': '(?:',
    ']': ')?',
    '{': '(?:',
    '}': ')*',
    '(': '(?:',
  };
  const pieces = parts.map((part) => {
    if (part.startsWith('"')) return part.slice(1, -1).replaceAll(/[.*+?^$()[\]{}|/]/g, String.raw`\$&`);
    return /^\w/.test(part) ? patternOf(part) : (signs[part] ?? part);
  });
  return `(?:${pieces.join('')})`;
}

function keyOf(pair: string): string {
  return pair.split('=')[0] ?? '';
}

function isTaken(shape: string): boolean {
  try {
    parseRehearsalShape(shape);
    return true;
  } catch {
    // Whatever it says is wrong: it is refused.
    return false;
  }
}
