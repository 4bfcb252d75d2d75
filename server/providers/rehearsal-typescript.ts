import type { CodeWriter } from './rehearsal-code-writer.ts';
import { quoted, ruleName } from './rehearsal-subject.ts';

/** A small store with rules, named after the task: it compiles, runs, and passes the tests beside it. */
export const typescriptWriter: CodeWriter = {
  language: 'ts',
  comment: '//',
  paths: ({ slug }) => ({ rules: `src/${slug}-rules.ts`, store: `src/${slug}.ts`, use: 'src/main.ts' }),

  rules: (
    { title, parts },
    { mended, instructions },
  ) => `/** One thing that every entry of "${title}" has to keep. */
export interface Rule {
  readonly name: string;
  readonly keeps: (text: string) => boolean;
}

export const rules: readonly Rule[] = [
  { name: '${parts[0]} is not blank', keeps: (text) => text.trim() !== '' },
  { name: '${parts[1]} fits on one line', keeps: (text) => !text.includes('\\n') },
${instructions.map((text, index) => `  // As asked: ${quoted(text, 90)}\n  { name: '${ruleName(text, index)}', keeps: (text) => text.length <= 200 },\n`).join('')}];

/** The ${mended ? 'names of the rules' : 'first rule'} that \`text\` breaks${mended ? '' : '; undefined if it keeps them all'}. */
${
  mended
    ? `export function brokenRules(text: string): readonly string[] {
  return rules.filter((rule) => !rule.keeps(text)).map((rule) => rule.name);
}`
    : `export function brokenRule(text: string): Rule | undefined {
  return rules.find((rule) => !rule.keeps(text));
}`
}
`,

  store: (
    { title, slug, pascal },
    { mended },
  ) => `import { ${mended ? 'brokenRules' : 'brokenRule'} } from './${slug}-rules.ts';

export interface ${pascal}Entry {
  readonly id: number;
  readonly text: string;
}

export interface ${pascal}Options {
  /** How many entries there may be at once. Default 100. */
  readonly maxEntries?: number;
}

/** ${title}: entries that keep the rules, in the order they came. */
export interface ${pascal} {
  /** @throws RangeError if a rule is broken${mended ? ', or if there is no room' : ''}. */
  add(text: string): ${pascal}Entry;
  remove(id: number): boolean;
  list(): readonly ${pascal}Entry[];
}

export function create${pascal}(options: ${pascal}Options = {}): ${pascal} {
  const maxEntries = options.maxEntries ?? 100;
  const entries = new Map<number, ${pascal}Entry>();
  let lastId = 0;
  return {
    add(text) {
${
  mended
    ? `      const broken = brokenRules(text);
      if (broken.length > 0) throw new RangeError(\`the entry breaks: \${broken.join(', ')}\`);
      if (entries.size >= maxEntries) throw new RangeError(\`there is room for \${maxEntries} entries only\`);`
    : `      if (brokenRule(text) !== undefined) throw new RangeError('the entry breaks a rule');`
}
      const entry = { id: (lastId += 1), text: text.trim() };
      entries.set(entry.id, entry);
${mended ? '' : '      while (entries.size > maxEntries) entries.delete(Math.min(...entries.keys()));\n'}      return entry;
    },
    remove: (id) => entries.delete(id),
    list: () => [...entries.values()],
  };
}
`,

  use: ({ slug, pascal, parts }, { mended }) => `import { create${pascal} } from './${slug}.ts';

const ${parts[0]}Board = create${pascal}({ maxEntries: 10 });
for (const text of process.argv.slice(2)) ${parts[0]}Board.add(text);
${
  mended
    ? `const found = ${parts[0]}Board.list();
console.log(found.length === 0 ? 'nothing yet' : found.map(({ id, text }) => \`\${id}. \${text}\`).join('\\n'));`
    : `console.log(${parts[0]}Board.list());`
}
`,

  extra: ({ slug, pascal, parts }, number) => {
    const part = parts[number % parts.length] ?? parts[0];
    const name = part.charAt(0).toUpperCase() + part.slice(1);
    return {
      path: `src/${slug}-${part}-${number}.ts`,
      text: `import type { ${pascal}Entry } from './${slug}.ts';

/** The entries that speak of ${part}, shortest first. */
export function with${name}${number}(entries: readonly ${pascal}Entry[]): readonly ${pascal}Entry[] {
  const found = entries.filter((entry) => entry.text.toLowerCase().includes('${part}'));
  return found.toSorted((one, other) => one.text.length - other.text.length);
}
`,
    };
  },

  tests: ({ slug, pascal, parts }) => [
    {
      path: `test/${slug}.test.ts`,
      text: `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create${pascal} } from '../src/${slug}.ts';

test('what is added is listed, in the order it came', () => {
  const board = create${pascal}();
  board.add('${parts[0]} first');
  board.add('${parts[1]} second');
  assert.deepEqual(
    board.list().map((entry) => entry.text),
    ['${parts[0]} first', '${parts[1]} second'],
  );
});

test('an id is never used twice', () => {
  const board = create${pascal}();
  const first = board.add('${parts[0]}');
  assert.equal(board.remove(first.id), true);
  assert.notEqual(board.add('${parts[1]}').id, first.id);
});

test('removing what is not there says so', () => {
  assert.equal(create${pascal}().remove(1), false);
});
`,
    },
    {
      path: `test/${slug}-rules.test.ts`,
      text: `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create${pascal} } from '../src/${slug}.ts';
import { rules } from '../src/${slug}-rules.ts';

test('every rule has a name of its own', () => {
  assert.equal(new Set(rules.map((rule) => rule.name)).size, rules.length);
});

for (const text of ['', '   ', '${parts[0]}\\n${parts[1]}']) {
  test(\`\${JSON.stringify(text)} is refused\`, () => {
    assert.throws(() => create${pascal}().add(text), RangeError);
  });
}
`,
    },
  ],
};
