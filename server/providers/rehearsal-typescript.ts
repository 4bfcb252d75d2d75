import { codeText, fileName, plainText } from './rehearsal-code-writer.ts';
import type { CodeWriter, Design, Fixes } from './rehearsal-code-writer.ts';
import { quoted, ruleName } from './rehearsal-subject.ts';

export const typescriptWriter: CodeWriter = createScriptWriter('ts');
export const javascriptWriter: CodeWriter = createScriptWriter('js');

/**
 * A small store with rules, named after the task: it compiles, runs, and passes its tests. JavaScript is the same
 * without the types.
 */
function createScriptWriter(extension: 'ts' | 'js'): CodeWriter {
  const isTyped = extension === 'ts';
  const type = (text: string) => (isTyped ? text : '');

  function paths({ base }: Design) {
    const folder = base.slice(0, base.lastIndexOf('/') + 1);
    return {
      rules: `${base}-rules.${extension}`,
      store: `${base}.${extension}`,
      use: `${folder}main.${extension}`,
    };
  }

  function rulesPart(design: Design, { core }: Fixes): string[] {
    const { title, parts } = design.subject;
    const isFull = design.density === 'full';
    const listed = [
      `  { name: '${parts[0]} is not blank', allows: (text${type(': string')}) => text.trim() !== '' },`,
      `  { name: '${parts[1]} fits on one line', allows: (text${type(': string')}) => !text.includes('\\n') },`,
      ...design.rules.flatMap((text, index) => [
        ...(isFull && design.hasComments ? [`  // As instructed: ${quoted(text, 90)}`] : []),
        `  { name: '${ruleName(text, index)}', allows: (text${type(': string')}) => text.length <= 200 },`,
      ]),
    ];
    if (!isFull) return ['export const rules = [', ...listed, '];'];
    const doc = (text: string) => (design.hasComments ? [`/** ${text} */`] : []);
    return [
      ...(isTyped
        ? [
            ...doc(`A rule for the entries of "${title}".`),
            'export interface Rule {',
            '  readonly name: string;',
            '  readonly allows: (text: string) => boolean;',
            '}',
            '',
            'export const rules: readonly Rule[] = [',
            ...listed.map((line) => line.replace('(text: string)', '(text)')),
          ]
        : [...doc(`The rules for the entries of "${title}".`), 'export const rules = [', ...listed]),
      '];',
      '',
      ...(core
        ? [
            ...doc('The names of the rules that `text` breaks.'),
            `export function brokenRules(text${type(': string')})${type(': readonly string[]')} {`,
            '  return rules.filter((rule) => !rule.allows(text)).map((rule) => rule.name);',
            '}',
          ]
        : [
            ...doc('The first rule that `text` breaks; undefined if it breaks none.'),
            `export function brokenRule(text${type(': string')})${type(': Rule | undefined')} {`,
            '  return rules.find((rule) => !rule.allows(text));',
            '}',
          ]),
    ];
  }

  function storePart(design: Design, { core }: Fixes): string[] {
    const { typeName, makeName, density } = design;
    const isFull = density === 'full';
    const isClass = design.style === 'classes';
    const entry = `${typeName}Entry`;
    const doc = (text: string, indent = '') =>
      isFull && design.hasComments ? [`${indent}/** ${text} */`] : [];
    const map = isClass ? 'this.#entries' : 'entries';
    const max = isClass ? 'this.#maxEntries' : 'maxEntries';
    const lastId = isClass ? 'this.#lastId' : 'lastId';
    const names = isFull
      ? 'brokenRules(text)'
      : 'rules.filter((rule) => !rule.allows(text)).map((rule) => rule.name)';
    const isBroken = isFull ? 'brokenRule(text) !== undefined' : 'rules.some((rule) => !rule.allows(text))';
    const adding = [
      ...(core
        ? [
            `const broken = ${names};`,
            "if (broken.length > 0) throw new RangeError(`the entry breaks: ${broken.join(', ')}`);",
            `if (${map}.size >= ${max}) throw new RangeError(\`the limit of \${${max}} entries is reached\`);`,
          ]
        : [`if (${isBroken}) throw new RangeError('the entry breaks a rule');`]),
      `const entry = { id: (${lastId} += 1), text: text.trim() };`,
      `${map}.set(entry.id, entry);`,
      ...(core ? [] : [`while (${map}.size > ${max}) ${map}.delete(Math.min(...${map}.keys()));`]),
      'return entry;',
    ];
    const shape = type(isFull ? `: ${entry}` : '');
    const about = `${design.subject.title}: a store of entries that follow the rules, in insertion order.`;
    const types = [
      `export interface ${entry} {`,
      '  readonly id: number;',
      '  readonly text: string;',
      '}',
      '',
      `export interface ${typeName}Options {`,
      ...doc('Maximum number of entries. Default: 100.', '  '),
      '  readonly maxEntries?: number;',
      '}',
      '',
    ];
    const options =
      isFull && isTyped
        ? `options: ${typeName}Options = {}`
        : `{ maxEntries = 100 }${type(': { maxEntries?: number }')} = {}`;
    const entries = `new Map${type(isFull ? `<number, ${entry}>` : '<number, { id: number; text: string }>')}()`;
    const chosen = isFull && isTyped ? 'options.maxEntries ?? 100' : 'maxEntries';
    const text = `text${type(': string')}`;
    const id = `id${type(': number')}`;
    if (isClass) {
      return [
        ...(isFull && isTyped ? types : []),
        ...doc(about),
        `export class ${typeName} {`,
        `  ${type('readonly ')}#maxEntries;`.replace(';', `${type(': number')};`),
        `  ${type('readonly ')}#entries = ${entries};`,
        '  #lastId = 0;',
        '',
        `  constructor(${options}) {`,
        `    this.#maxEntries = ${chosen};`,
        '  }',
        '',
        ...doc(`@throws RangeError if a rule is broken${core ? ', or if the limit is reached' : ''}.`, '  '),
        `  add(${text})${shape} {`,
        ...adding.map((line) => `    ${line}`),
        '  }',
        '',
        `  remove(${id})${type(isFull ? ': boolean' : '')} {`,
        '    return this.#entries.delete(id);',
        '  }',
        '',
        `  list()${type(isFull ? `: readonly ${entry}[]` : '')} {`,
        '    return [...this.#entries.values()];',
        '  }',
        '}',
      ];
    }
    return [
      ...(isFull && isTyped
        ? [
            ...types,
            ...doc(about),
            `export interface ${typeName} {`,
            ...doc(
              `@throws RangeError if a rule is broken${core ? ', or if the limit is reached' : ''}.`,
              '  ',
            ),
            `  add(text: string): ${entry};`,
            '  remove(id: number): boolean;',
            `  list(): readonly ${entry}[];`,
            '}',
            '',
          ]
        : doc(about)),
      `export function ${makeName}(${options})${type(isFull ? `: ${typeName}` : '')} {`,
      ...(isFull && isTyped ? ['  const maxEntries = options.maxEntries ?? 100;'] : []),
      `  const entries = ${entries};`,
      '  let lastId = 0;',
      '  return {',
      `    add(${isFull ? 'text' : text}) {`,
      ...adding.map((line) => `      ${line}`),
      '    },',
      `    remove: (${isFull ? 'id' : id}) => entries.delete(id),`,
      '    list: () => [...entries.values()],',
      '  };',
      '}',
    ];
  }

  function usePart(design: Design, { use }: Fixes): string[] {
    const store = `${design.subject.parts[0]}Store`;
    return [
      `const ${store} = ${made(design, '{ maxEntries: 10 }')};`,
      `for (const text of process.argv.slice(2)) ${store}.add(text);`,
      ...(use
        ? [
            `const found = ${store}.list();`,
            "console.log(found.length === 0 ? 'no entries' : found.map(({ id, text }) => `${id}. ${text}`).join('\\n'));",
          ]
        : [`console.log(${store}.list());`]),
    ];
  }

  function made({ style, typeName, makeName }: Design, options = ''): string {
    return style === 'classes' ? `new ${typeName}(${options})` : `${makeName}(${options})`;
  }

  function exported({ style, typeName, makeName }: Design): string {
    return style === 'classes' ? typeName : makeName;
  }

  const broken = ({ density }: Design, { core }: Fixes) =>
    density === 'full' ? (core ? 'brokenRules' : 'brokenRule') : 'rules';

  return {
    language: extension,
    title: isTyped ? 'TypeScript' : 'JavaScript',
    comment: '//',
    paths,
    rules: (design, fixes) => codeText(design, rulesPart(design, fixes)),
    store: (design, fixes) =>
      codeText(design, [
        `import { ${broken(design, fixes)} } from './${fileName(paths(design).rules)}';`,
        '',
        ...storePart(design, fixes),
      ]),
    use: (design, fixes) =>
      codeText(design, [
        `import { ${exported(design)} } from './${fileName(paths(design).store)}';`,
        '',
        ...usePart(design, fixes),
      ]),
    whole: (design, fixes) =>
      codeText(design, [
        ...rulesPart(design, fixes),
        '',
        ...storePart(design, fixes),
        ...(design.density === 'tight'
          ? []
          : ['', 'if (import.meta.main) {', ...usePart(design, fixes).map((line) => `  ${line}`), '}']),
      ]),

    extra: (design, number) => {
      const { parts } = design.subject;
      const part = parts[number % parts.length] ?? parts[0];
      const name = `with${part.charAt(0).toUpperCase()}${part.slice(1)}${number}`;
      const entries = type(': readonly { readonly id: number; readonly text: string }[]');
      return {
        path: `${design.base}-${part}-${number}.${extension}`,
        text: codeText(design, [
          design.hasComments && `/** The entries that contain "${part}", shortest first. */`,
          `export function ${name}(entries${entries}) {`,
          `  const found = entries.filter((entry) => entry.text.toLowerCase().includes('${part}'));`,
          '  return found.toSorted((one, other) => one.text.length - other.text.length);',
          '}',
        ]),
      };
    },

    tests: (design) => {
      const { parts } = design.subject;
      const { store, rules } = paths(design);
      const name = fileName(design.base);
      const head = "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\n";
      const imported = `import { ${exported(design)} } from '../${store}';`;
      return [
        {
          path: `test/${name}.test.${extension}`,
          text: plainText(`${head}${imported}

test('entries are listed in insertion order', () => {
  const store = ${made(design)};
  store.add('${parts[0]} first');
  store.add('${parts[1]} second');
  assert.deepEqual(
    store.list().map((entry) => entry.text),
    ['${parts[0]} first', '${parts[1]} second'],
  );
});

test('an id is never reused', () => {
  const store = ${made(design)};
  const first = store.add('${parts[0]}');
  assert.equal(store.remove(first.id), true);
  assert.notEqual(store.add('${parts[1]}').id, first.id);
});

test('removing an unknown id returns false', () => {
  assert.equal(${made(design)}.remove(1), false);
});`),
        },
        {
          path: `test/${name}-rules.test.${extension}`,
          text: plainText(`${head}${
            design.isOneFile
              ? imported.replace(' }', ', rules }')
              : `${imported}\nimport { rules } from '../${rules}';`
          }

test('every rule has a unique name', () => {
  assert.equal(new Set(rules.map((rule) => rule.name)).size, rules.length);
});

for (const text of ['', '   ', '${parts[0]}\\n${parts[1]}']) {
  test(\`\${JSON.stringify(text)} is rejected\`, () => {
    assert.throws(() => ${made(design)}.add(text), RangeError);
  });
}`),
        },
      ];
    },

    usage: (design) => {
      const { store, use } = paths(design);
      const started = design.isOneFile ? store : use;
      return {
        start: `node ${started} "first" "second"`,
        test: 'node --test',
        code: `const store = ${made(design, '{ maxEntries: 10 }')};\nconst entry = store.add('${design.subject.parts[0]}');\nstore.remove(entry.id);\n`,
        option: 'maxEntries',
      };
    },
  };
}
