import { codeText, fileName, plainText } from './rehearsal-code-writer.ts';
import type { CodeWriter, Design, Fixes } from './rehearsal-code-writer.ts';
import { quoted, ruleName } from './rehearsal-subject.ts';

/** The same small store as in TypeScript, for tasks and instructions that require Python. */
export const pythonWriter: CodeWriter = {
  language: 'python',
  title: 'Python',
  comment: '#',
  paths,
  rules: (design, fixes) =>
    codeText(design, [
      ...doc(design, `The rules for the entries of "${design.subject.title}".`),
      '',
      ...rulesPart(design, fixes),
    ]),
  store: (design, fixes) => {
    const broken = design.density === 'full' ? (fixes.core ? 'broken_rules' : 'broken_rule') : 'RULES';
    const { imports, body } = storePart(design, fixes);
    return codeText(design, [
      ...doc(design, about(design)),
      '',
      ...imports,
      '',
      `from ${moduleOf(paths(design).rules)} import ${broken}`,
      '',
      ...body,
    ]);
  },
  use: (design, fixes) =>
    codeText(design, [
      'import sys',
      '',
      `from ${moduleOf(paths(design).store)} import ${exported(design)}`,
      '',
      ...usePart(design, fixes),
    ]),
  whole: (design, fixes) => {
    const { imports, body } = storePart(design, fixes);
    const isStartable = design.density !== 'tight';
    return codeText(design, [
      ...doc(design, about(design)),
      '',
      isStartable && 'import sys',
      ...(design.density === 'full' ? ['from collections.abc import Callable'] : []),
      ...imports,
      '',
      ...rulesPart(design, fixes).filter((line) => !line.startsWith('from ')),
      '',
      ...body,
      ...(isStartable
        ? ['', '', 'if __name__ == "__main__":', ...usePart(design, fixes).map((line) => `    ${line}`)]
        : []),
    ]);
  },

  extra: (design, number) => {
    const { parts } = design.subject;
    const part = parts[number % parts.length] ?? parts[0];
    return {
      path: `${design.base}_${part}_${number}.py`,
      text: codeText(design, [
        `def with_${part}_${number}(entries: tuple) -> list:`,
        design.hasComments && `    """The entries that contain "${part}", shortest first."""`,
        `    found = [entry for entry in entries if "${part}" in entry.text.lower()]`,
        '    return sorted(found, key=lambda entry: len(entry.text))',
      ]),
    };
  },

  tests: (design) => {
    const { parts } = design.subject;
    const { store, rules } = paths(design);
    const name = fileName(design.base);
    const made = `${exported(design)}()`;
    return [
      {
        path: `test_${name}.py`,
        text: plainText(`import unittest

from ${moduleOf(store)} import ${exported(design)}


class ${design.typeName}Test(unittest.TestCase):
    def test_entries_are_listed_in_insertion_order(self) -> None:
        store = ${made}
        store.add("${parts[0]} first")
        store.add("${parts[1]} second")
        self.assertEqual(["${parts[0]} first", "${parts[1]} second"], [entry.text for entry in store.list()])

    def test_an_id_is_never_reused(self) -> None:
        store = ${made}
        first = store.add("${parts[0]}")
        self.assertTrue(store.remove(first.id))
        self.assertNotEqual(store.add("${parts[1]}").id, first.id)

    def test_removing_an_unknown_id_returns_false(self) -> None:
        self.assertFalse(${made}.remove(1))`),
      },
      {
        path: `test_${name}_rules.py`,
        text: plainText(`import unittest

from ${moduleOf(store)} import ${exported(design)}
from ${moduleOf(design.isOneFile ? store : rules)} import RULES


class RulesTest(unittest.TestCase):
    def test_every_rule_has_a_unique_name(self) -> None:
        self.assertEqual(len(RULES), len({name for name, _ in RULES}))

    def test_an_entry_that_breaks_a_rule_is_rejected(self) -> None:
        for text in ("", "   ", "${parts[0]}\\n${parts[1]}"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                ${made}.add(text)`),
      },
    ];
  },

  usage: (design) => {
    const { store, use } = paths(design);
    const started = design.isOneFile ? store : use;
    const isInFolder = started.includes('/');
    return {
      start: `python ${isInFolder ? `-m ${moduleOf(started)}` : started} "first" "second"`,
      test: 'python -m unittest',
      code: `store = ${exported(design)}(max_entries=10)\nentry = store.add("${design.subject.parts[0]}")\nstore.remove(entry.id)\n`,
      option: 'max_entries',
    };
  },
};

function paths({ base }: Design) {
  const folder = base.slice(0, base.lastIndexOf('/') + 1);
  return { rules: `${base}_rules.py`, store: `${base}.py`, use: `${folder}main.py` };
}

function moduleOf(path: string): string {
  return path.replace(/\.py$/, '').replaceAll('/', '.');
}

function exported({ style, typeName, makeName }: Design): string {
  return style === 'classes' ? typeName : makeName;
}

function about({ subject }: Design): string {
  return `${subject.title}: a store of entries that follow the rules, in insertion order.`;
}

function doc({ density, hasComments }: Design, text: string, indent = ''): string[] {
  return density === 'full' && hasComments ? [`${indent}"""${text}"""`] : [];
}

function rulesPart(design: Design, { core }: Fixes): string[] {
  const { parts } = design.subject;
  const isFull = design.density === 'full';
  return [
    ...(isFull ? ['from collections.abc import Callable', ''] : []),
    `RULES${isFull ? ': list[tuple[str, Callable[[str], bool]]]' : ''} = [`,
    `    ("${parts[0]} is not blank", lambda text: text.strip() != ""),`,
    `    ("${parts[1]} fits on one line", lambda text: "\\n" not in text),`,
    ...design.rules.flatMap((text, index) => [
      ...(isFull && design.hasComments ? [`    # As instructed: ${quoted(text, 90)}`] : []),
      `    ("${ruleName(text, index)}", lambda text: len(text) <= 200),`,
    ]),
    ']',
    ...(!isFull
      ? []
      : core
        ? [
            '',
            '',
            'def broken_rules(text: str) -> list[str]:',
            ...doc(design, 'The names of the rules that the text breaks.', '    '),
            '    return [name for name, allows in RULES if not allows(text)]',
          ]
        : [
            '',
            '',
            'def broken_rule(text: str) -> str | None:',
            ...doc(design, 'The first rule that the text breaks.', '    '),
            '    return next((name for name, allows in RULES if not allows(text)), None)',
          ]),
  ];
}

function storePart(design: Design, { core }: Fixes): { readonly imports: string[]; readonly body: string[] } {
  const isFull = design.density === 'full';
  const isClass = design.style === 'classes';
  const own = (name: string) => (isClass ? `self._${name}` : name);
  const isBroken = isFull ? 'broken_rule(text) is not None' : 'not all(allows(text) for _, allows in RULES)';
  const names = isFull ? 'broken_rules(text)' : '[name for name, allows in RULES if not allows(text)]';
  const adding = [
    ...(isClass ? [] : ['nonlocal last_id']),
    ...(core
      ? [
          `broken = ${names}`,
          'if broken:',
          `    raise ValueError(f"the entry breaks: {', '.join(broken)}")`,
          `if len(${own('entries')}) >= ${own('max_entries')}:`,
          `    raise ValueError(f"the limit of {${own('max_entries')}} entries is reached")`,
        ]
      : [`if ${isBroken}:`, '    raise ValueError("the entry breaks a rule")']),
    `${own('last_id')} += 1`,
    `entry = Entry(${own('last_id')}, text.strip())`,
    `${own('entries')}[entry.id] = entry`,
    ...(core
      ? []
      : [
          `while len(${own('entries')}) > ${own('max_entries')}:`,
          `    del ${own('entries')}[min(${own('entries')})]`,
        ]),
    'return entry',
  ];
  const entryType =
    isFull && isClass
      ? ['@dataclass(frozen=True)', 'class Entry:', '    id: int', '    text: str']
      : ['Entry = namedtuple("Entry", ["id", "text"])'];
  const imports = [
    isFull && isClass ? 'from dataclasses import dataclass' : 'from collections import namedtuple',
  ];
  if (isClass) {
    return {
      imports,
      body: [
        '',
        ...entryType,
        '',
        '',
        `class ${design.typeName}:`,
        ...doc(design, 'Stores entries that follow the rules; raises ValueError for any other.', '    '),
        ...(isFull && design.hasComments ? [''] : []),
        '    def __init__(self, max_entries: int = 100) -> None:',
        '        self._max_entries = max_entries',
        '        self._entries: dict[int, Entry] = {}',
        '        self._last_id = 0',
        '',
        '    def add(self, text: str) -> Entry:',
        ...adding.map((line) => `        ${line}`),
        '',
        '    def remove(self, entry_id: int) -> bool:',
        '        return self._entries.pop(entry_id, None) is not None',
        '',
        '    def list(self) -> tuple[Entry, ...]:',
        '        return tuple(self._entries.values())',
      ],
    };
  }
  return {
    imports: [...imports, 'from types import SimpleNamespace'],
    body: [
      '',
      ...entryType,
      '',
      '',
      `def ${design.makeName}(max_entries: int = 100) -> SimpleNamespace:`,
      ...doc(design, 'Stores entries that follow the rules; raises ValueError for any other.', '    '),
      '    entries: dict[int, Entry] = {}',
      '    last_id = 0',
      '',
      '    def add(text: str) -> Entry:',
      ...adding.map((line) => `        ${line}`),
      '',
      '    def remove(entry_id: int) -> bool:',
      '        return entries.pop(entry_id, None) is not None',
      '',
      '    return SimpleNamespace(add=add, remove=remove, list=lambda: tuple(entries.values()))',
    ],
  };
}

function usePart(design: Design, { use }: Fixes): string[] {
  const store = `${design.subject.parts[0]}_store`;
  return [
    `${store} = ${exported(design)}(max_entries=10)`,
    'for text in sys.argv[1:]:',
    `    ${store}.add(text)`,
    ...(use
      ? [
          `found = ${store}.list()`,
          'print("\\n".join(f"{entry.id}. {entry.text}" for entry in found) or "no entries")',
        ]
      : [`print(${store}.list())`]),
  ];
}
