import { readFiles, type TextFiles } from '@stagewire/shared/text/read-files';
import { createReviewStream } from '../../server/pipeline/review-stream.ts';
import { parseReview } from '../../server/pipeline/review-parser.ts';
import { createDice, type Dice } from './dice.ts';
import type { Fuzzer } from './fuzzer.ts';

/** What models write: read without an error, in a time that grows as the text does, with all offsets in the text. */
export const modelTexts: Fuzzer = {
  name: 'model-texts',
  shortSeeds: 150,
  open: () =>
    Promise.resolve({
      async play(seed) {
        const dice = createDice('model-texts', seed);
        checkFiles(codeText(dice), dice);
        await Promise.resolve();
        checkReview(reviewText(dice), dice);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
};

/** CPU time for a text: far above what it takes, far below what anything that is not linear takes for a long one. */
const freeMs = 300;
const msPerChar = 0.02;

const lines = [
  '```',
  '````',
  '```ts',
  '```ts src/a.ts',
  '~~~',
  '~~~md README.md',
  '```delete src/a.ts',
  '```unchanged',
  '``` ```',
  '   ```',
  '\t```ts',
  '```{.ts file=src/b.ts}',
  '```ts title="src/c.ts"',
  '// src/a.ts',
  '# src/b.py',
  '**src/a.ts**',
  '`src/a.ts`:',
  '### `src/d.ts`',
  'File: src/e.ts',
  '// ... rest of the file stays the same',
  '# ... existing code ...',
  '<<<<<<< SEARCH',
  '=======',
  '>>>>>>> REPLACE',
  '--- a/src/a.ts',
  '+++ b/src/a.ts',
  '@@ -1,2 +1,2 @@',
  '<think>',
  '</think>',
  '<thinking>',
  '</file>',
  '<file path="src/f.ts">',
  '<![CDATA[',
  ']]>',
  '1| export {};',
  '> ```ts',
  '- ```ts',
  '  1. ```',
  '<details>',
  '</details>',
  '../up.ts',
  '/etc/passwd',
  'C:\\a.ts',
  '',
  '    ',
  '\u00a0',
  '\u2028',
  '\r',
] as const;
const words = [
  'export const a = 1;',
  'import x from "y";',
  'Here is the file:',
  'and',
  '{',
  '}',
  '"""',
  "'''",
  '/*',
  '*/',
  '`',
  '**',
  '#',
  '…',
] as const;

/** Lines that mean something to readers of files, in any order, some repeated very often. */
function codeText(dice: Dice): string {
  const parts: string[] = [];
  for (let count = dice.below(40); count >= 0; count -= 1) {
    const line = dice.isLucky(0.6) ? dice.pick(lines) : dice.isLucky(0.7) ? dice.pick(words) : dice.text(60);
    const end = dice.pick(['\n', '\n', '\n', '\r\n', ' ', '', '\r']);
    const times = dice.isLucky(0.04) ? 1 + dice.below(20_000) : 1;
    parts.push(`${line}${end}`.repeat(times));
  }
  const text = parts.join('');
  if (dice.isLucky(0.1)) return text.slice(dice.below(text.length + 1));
  return dice.isLucky(0.03) ? text.repeat(1 + Math.min(20, Math.floor(400_000 / (text.length + 1)))) : text;
}

function checkFiles(text: string, dice: Dice): void {
  const seams = Array.from({ length: dice.below(4) }, () => dice.below(text.length + 1)).toSorted(
    (a, b) => a - b,
  );
  const present = new Map([
    ['src/a.ts', 'export const a = 0;\n'],
    ['README.md', '# It\n\n```sh\nnpm start\n```\n'],
  ]);
  const options = {
    ...(dice.isLucky(0.5) ? { present: (path: string) => present.get(path) } : {}),
    ...(dice.isLucky(0.3) ? { seams } : {}),
    acceptElided: dice.isLucky(0.5),
    ...(dice.isLucky(0.1) ? { maxFiles: dice.below(5) } : {}),
  };
  const files = inTime(text, 'readFiles', () => readFiles(text, options));
  checkParts(files, text);
  const again = readFiles(text, options);
  if (JSON.stringify(again) !== JSON.stringify(files))
    throw new Error('read twice, it comes to something else');
}

function checkParts({ files, removed, skipped, notes }: TextFiles, text: string): void {
  const paths = new Set(files.map(({ path }) => path));
  if (paths.size !== files.length) throw new Error('two files have one path');
  for (const { path, parts } of files) {
    let end = 0;
    for (const { offset, chars } of parts) {
      if (offset < end || chars < 0 || offset + chars > text.length) {
        throw new Error(
          `${path}: the part at ${offset} of ${chars} chars overlaps or lies outside of the text`,
        );
      }
      end = offset + chars;
    }
  }
  for (const { offset, chars } of [...removed, ...skipped]) {
    if (offset < 0 || chars < 0 || offset + chars > text.length)
      throw new Error(`${offset} and ${chars} lie outside of the text`);
  }
  if (notes.length > text.length * 2 + 1000) throw new Error('the notes are longer than the text');
}

/** A review, its JSON damaged, fenced, doubled or in prose. */
function reviewText(dice: Dice): string {
  const issue = () => ({
    severity: dice.pick(['blocker', 'major', 'minor', 'nit', 'Major', 'catastrophic', '']),
    message: dice.text(40),
    ...(dice.isLucky(0.5)
      ? { file: 'src/a.ts', line: dice.pick<unknown>([3, '12-15', -1, 1e99, null]) }
      : {}),
    ...(dice.isLucky(0.3) ? { suggestion: dice.text(200) } : {}),
  });
  const many = dice.isLucky(0.03) ? 3000 : 6;
  const issues = Array.from({ length: dice.below(many) }, issue);
  const verdict = dice.pick<unknown>(['approved', 'changes_requested', 'LGTM', 'none', 1, null, {}]);
  let text = JSON.stringify(
    dice.isLucky(0.5) ? { issues, verdict } : { verdict, issues, summary: dice.text(20) },
  );
  for (let count = dice.below(4); count > 0; count -= 1) {
    const at = dice.below(text.length + 1);
    const oddities = [
      '',
      ',',
      '}',
      ']',
      '"',
      '\\',
      '\n',
      '```',
      '{',
      '[',
      '<think>',
      '</think>',
      '//',
      'null',
      "'",
    ] as const;
    text = `${text.slice(0, at)}${dice.pick(oddities).repeat(dice.isLucky(0.1) ? 1 + dice.below(50_000) : 1)}${text.slice(at + dice.below(3))}`;
  }
  if (dice.isLucky(0.2)) text = text.slice(0, dice.below(text.length + 1));
  if (dice.isLucky(0.3)) text = `\`\`\`json\n${text}\n\`\`\``;
  if (dice.isLucky(0.2)) text = `<think>${dice.text(30)}{"verdict":"approved"}</think>${text}`;
  return dice.isLucky(0.2) ? `Here it is: ${text} ${text}` : text;
}

function checkReview(text: string, dice: Dice): void {
  const { verdict, issues, notes } = inTime(text, 'parseReview', () => parseReview(text));
  if (!['approved', 'changes_requested', 'unknown'].includes(verdict))
    throw new Error(`the verdict is ${verdict}`);
  if (notes.length > 10) throw new Error(`${notes.length} notes`);
  // In pieces of any size it finds the same issues.
  let found = 0;
  const stream = createReviewStream(() => (found += 1));
  for (let at = 0; at < text.length;) {
    const end = at + 1 + dice.below(Math.ceil(text.length / 20) + 1);
    stream.write(text.slice(at, end));
    at = end;
  }
  stream.end();
  let foundAtOnce = 0;
  const atOnce = createReviewStream(() => (foundAtOnce += 1));
  atOnce.write(text);
  atOnce.end();
  if (found !== foundAtOnce) throw new Error(`${foundAtOnce} issues at once, ${found} in pieces`);
  if (issues.length > text.length) throw new Error('more issues than characters');
}

function inTime<Result>(text: string, what: string, read: () => Result): Result {
  const before = process.cpuUsage();
  const result = read();
  const { user, system } = process.cpuUsage(before);
  const tookMs = (user + system) / 1000;
  if (tookMs > freeMs + text.length * msPerChar)
    throw new Error(`${what} took ${tookMs} ms for ${text.length} characters`);
  return result;
}
