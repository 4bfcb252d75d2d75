import type { CodeWriter } from './rehearsal-code-writer.ts';
import { quoted, ruleName } from './rehearsal-subject.ts';

/** The same small store as in TypeScript, for tasks and instructions that ask for Python. */
export const pythonWriter: CodeWriter = {
  language: 'python',
  comment: '#',
  paths: ({ snake }) => ({ rules: `${snake}_rules.py`, store: `${snake}.py`, use: 'main.py' }),

  rules: ({ title, parts }, { mended, instructions }) => `"""What every entry of "${title}" has to keep."""

from collections.abc import Callable

RULES: list[tuple[str, Callable[[str], bool]]] = [
    ("${parts[0]} is not blank", lambda text: text.strip() != ""),
    ("${parts[1]} fits on one line", lambda text: "\\n" not in text),
${instructions.map((text, index) => `    # As asked: ${quoted(text, 90)}\n    ("${ruleName(text, index)}", lambda text: len(text) <= 200),\n`).join('')}]


${
  mended
    ? `def broken_rules(text: str) -> list[str]:
    """The names of the rules that the text breaks."""
    return [name for name, keeps in RULES if not keeps(text)]`
    : `def broken_rule(text: str) -> str | None:
    """The first rule that the text breaks."""
    return next((name for name, keeps in RULES if not keeps(text)), None)`
}
`,

  store: (
    { title, snake, pascal },
    { mended },
  ) => `"""${title}: entries that keep the rules, in the order they came."""

from dataclasses import dataclass

from ${snake}_rules import ${mended ? 'broken_rules' : 'broken_rule'}


@dataclass(frozen=True)
class Entry:
    id: int
    text: str


class ${pascal}:
    def __init__(self, max_entries: int = 100) -> None:
        self._max_entries = max_entries
        self._entries: dict[int, Entry] = {}
        self._last_id = 0

    def add(self, text: str) -> Entry:
${
  mended
    ? `        broken = broken_rules(text)
        if broken:
            raise ValueError(f"the entry breaks: {', '.join(broken)}")
        if len(self._entries) >= self._max_entries:
            raise ValueError(f"there is room for {self._max_entries} entries only")`
    : `        if broken_rule(text) is not None:
            raise ValueError("the entry breaks a rule")`
}
        self._last_id += 1
        entry = Entry(self._last_id, text.strip())
        self._entries[entry.id] = entry
${mended ? '' : '        while len(self._entries) > self._max_entries:\n            del self._entries[min(self._entries)]\n'}        return entry

    def remove(self, entry_id: int) -> bool:
        return self._entries.pop(entry_id, None) is not None

    def list(self) -> tuple[Entry, ...]:
        return tuple(self._entries.values())
`,

  use: ({ snake, pascal, parts }, { mended }) => `import sys

from ${snake} import ${pascal}

${parts[0]}_board = ${pascal}(max_entries=10)
for text in sys.argv[1:]:
    ${parts[0]}_board.add(text)
${
  mended
    ? `found = ${parts[0]}_board.list()
print("\\n".join(f"{entry.id}. {entry.text}" for entry in found) or "nothing yet")`
    : `print(${parts[0]}_board.list())`
}
`,

  extra: ({ snake, parts }, number) => {
    const part = parts[number % parts.length] ?? parts[0];
    return {
      path: `${snake}_${part}_${number}.py`,
      text: `from ${snake} import Entry


def with_${part}_${number}(entries: tuple[Entry, ...]) -> list[Entry]:
    """The entries that speak of ${part}, shortest first."""
    found = [entry for entry in entries if "${part}" in entry.text.lower()]
    return sorted(found, key=lambda entry: len(entry.text))
`,
    };
  },

  tests: ({ snake, pascal, parts }) => [
    {
      path: `test_${snake}.py`,
      text: `import unittest

from ${snake} import ${pascal}


class ${pascal}Test(unittest.TestCase):
    def test_what_is_added_is_listed_in_the_order_it_came(self) -> None:
        board = ${pascal}()
        board.add("${parts[0]} first")
        board.add("${parts[1]} second")
        self.assertEqual(["${parts[0]} first", "${parts[1]} second"], [entry.text for entry in board.list()])

    def test_an_id_is_never_used_twice(self) -> None:
        board = ${pascal}()
        first = board.add("${parts[0]}")
        self.assertTrue(board.remove(first.id))
        self.assertNotEqual(board.add("${parts[1]}").id, first.id)

    def test_removing_what_is_not_there_says_so(self) -> None:
        self.assertFalse(${pascal}().remove(1))
`,
    },
    {
      path: `test_${snake}_rules.py`,
      text: `import unittest

from ${snake} import ${pascal}
from ${snake}_rules import RULES


class RulesTest(unittest.TestCase):
    def test_every_rule_has_a_name_of_its_own(self) -> None:
        self.assertEqual(len(RULES), len({name for name, _ in RULES}))

    def test_what_breaks_a_rule_is_refused(self) -> None:
        for text in ("", "   ", "${parts[0]}\\n${parts[1]}"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                ${pascal}().add(text)
`,
    },
  ],
};
