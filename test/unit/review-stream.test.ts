import type { ReviewIssue } from '@stagewire/shared';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseReview } from '../../server/pipeline/review-parser.ts';
import { createReviewStream } from '../../server/pipeline/review-stream.ts';
import { leastCpuMs } from '../support/cpu-time.ts';

function notesOf(pieces: readonly string[]): ReviewIssue[] {
  return readingOf(pieces).notes;
}

function readingOf(pieces: readonly string[]) {
  const notes: ReviewIssue[] = [];
  const stream = createReviewStream((issue) => notes.push(issue));
  for (const piece of pieces) stream.write(piece);
  return { notes, end: stream.end() };
}

/** Cuts by UTF-16 units, so that surrogate pairs are torn as well. */
function cut(text: string, lengths: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let from = 0, turn = 0; from < text.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    pieces.push(text.slice(from, from + length));
    from += length;
  }
  return pieces;
}

const issues: ReviewIssue[] = [
  { severity: 'major', message: 'A "quoted" } brace \\ and 😀' },
  { severity: 'nit', message: 'B', file: 'b.ts', line: 2 },
];
const whole = JSON.stringify({ issues, verdict: 'changes_requested' }, null, 2);

test('each issue is told with the very character that makes it whole', () => {
  const notes: ReviewIssue[] = [];
  const stream = createReviewStream((issue) => notes.push(issue));
  const told: string[] = [];
  Array.from(whole).forEach((char) => {
    const before = notes.length;
    stream.write(char);
    if (notes.length > before) told.push(char);
  });
  expect(notes).toEqual(issues);
  expect(told).toEqual(['}', '}']);
});

test.each([
  ['a fence', `\`\`\`json\n${whole}\n\`\`\``],
  ['prose with braces', `Look at {x} and {"y": 1} and {"z" first.\n${whole}`],
  ['thinking with a draft', `<think>{"issues":[{"severity":"nit","message":"draft"}]</think>${whole}`],
])('%s before the object tells nothing and costs nothing', (_, text) => {
  for (const length of [1, 3, 4, 1000]) expect(notesOf(cut(text, [length]))).toEqual(issues);
});

test('an issue is told as the parser reads it, and what has no message is passed over', () => {
  const elements =
    '{"severity":"huge","message":"x"},7,{"severity":"nit"},{"level":"Low","text":"y","line":"L3"},"z"';
  expect(notesOf([`{"issues":[${elements}`])).toEqual([
    { severity: 'major', message: 'x' },
    { severity: 'nit', message: 'y', line: 3 },
    { severity: 'major', message: 'z' },
  ]);
});

test('issues of a second object, of a second list and of no list are not told', () => {
  const one = '{"severity":"nit","message":"x"}';
  expect(notesOf([`{"issues":[${one}],"issues":[${one}]} {"issues":[${one}]}`])).toHaveLength(1);
  expect(notesOf([`{"issues":{"a":${one}}}`])).toEqual([]);
  expect(notesOf([`{"other":[${one}],"more":{"issues":[${one}]}}`])).toEqual([]);
});

test('a string that breaks an object off is over at its own quote, however it is cut', () => {
  const broken = '{"a": "\\x {"issues": [], "verdict": "approved"}';
  for (const length of [1, 2, 100]) expect(readingOf(cut(broken, [length])).end).toHaveProperty('problem');
});

test('an error of whoever is told is theirs, and the stream goes on', () => {
  let told = 0;
  const stream = createReviewStream(() => {
    told += 1;
    throw new Error('mine');
  });
  expect(() => stream.write('{"issues":[{"severity":"nit","message":"x"}')).toThrow('mine');
  expect(() => stream.write(',{"severity":"nit","message":"y"}')).toThrow('mine');
  expect(told).toBe(2);
});

const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => value.trim() !== '');
const anyIssue = fc.record(
  {
    severity: fc.constantFrom('blocker' as const, 'major' as const, 'minor' as const, 'nit' as const),
    message: text,
    file: fc.constantFrom('src/a.ts', 'b.py', 'with space/c.md', '[id].tsx'),
    line: fc.integer({ min: 1, max: 100_000 }),
    suggestion: text,
  },
  { requiredKeys: ['severity', 'message'] },
);
const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

function verdictFor(found: readonly ReviewIssue[]): string {
  return found.some(({ severity }) => severity === 'blocker' || severity === 'major')
    ? 'changes_requested'
    : 'approved';
}

describe('for every text and every way to cut it', () => {
  test('the notes of a valid document are the issues that JSON.parse and the parser find', () => {
    fc.assert(
      fc.property(fc.array(anyIssue), lengths, fc.constantFrom(undefined, 1, 2), (found, sizes, indent) => {
        const document = JSON.stringify({ issues: found, verdict: 'approved' }, null, indent);
        expect(notesOf(cut(document, sizes))).toEqual(found);
        expect(parseReview(document)).toMatchObject({ issues: found, verdict: verdictFor(found) });
      }),
    );
  });

  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '{"issues":[',
      ']',
      '}',
      '{',
      '"',
      '\\',
      ',',
      '"verdict":"approved"',
      '</think>',
      '<think>',
    ),
    fc.constantFrom('{"severity":"nit","message":"x"}', whole, '{"issues":[],"verdict":"approved"}', '😀'),
  );

  test('cutting changes neither the notes nor the end, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.array(piece), lengths, (pieces, sizes) => {
        const document = pieces.join('');
        expect(readingOf(cut(document, sizes))).toEqual(readingOf([document]));
      }),
      { numRuns: 1000 },
    );
  });

  const chaff = fc.array(
    fc.constantFrom(
      'prose, ',
      '{x} ',
      '```json\n',
      '{"y": 1} ',
      '{"z" first ',
      '<think>{"issues":[{"severity":"nit","message":"draft"}</think>',
    ),
  );

  test('chaff before and behind a review changes neither its notes nor what the parser finds', () => {
    fc.assert(
      fc.property(chaff, fc.array(anyIssue), chaff, lengths, (before, found, behind, sizes) => {
        const review = { issues: found, verdict: 'approved' };
        const document = `${before.join('')}${JSON.stringify(review)}${behind.join('')}`;
        expect(parseReview(document)).toMatchObject({ issues: found, verdict: verdictFor(found) });
        expect(notesOf(cut(document, sizes))).toEqual(found);
      }),
    );
  });

  test('a review with something wild around it gives the notes that the parser finds, or the parser says why not', () => {
    let reviews = 0;
    fc.assert(
      fc.property(fc.array(piece), fc.array(piece), lengths, (before, behind, sizes) => {
        const document = [...before, whole, ...behind].join('');
        const notes = notesOf(cut(document, sizes));
        const read = parseReview(document);
        // Whatever had to be read in spite of its form has a note, and may be read in another way at the end.
        if ('problem' in read || read.notes.length > 0) return;
        reviews += 1;
        // What could not be told on the way is found at the end, when the text is read once more in spite of its form.
        expect(notes).toEqual(read.issues);
      }),
      { numRuns: 500 },
    );
    expect(reviews).toBeGreaterThan(20);
  });
});

test.each([
  ['lists', '['],
  ['objects', '{"a":'],
  ['reviews in reviews', '{"issues":['],
  ['objects side by side', '{"a":1}'],
])('%s without end are read in bounded time', (_, piece) => {
  const document = `{"issues":[${piece.repeat(2_000_000 / piece.length)}`;
  const read = () => expect(readingOf(cut(document, [64])).end).toHaveProperty('problem');
  expect(leastCpuMs(read, 5000)).toBeLessThan(5000);
});

test('the cost grows with the length, not with its square', () => {
  const long = (count: number) =>
    JSON.stringify({
      issues: Array.from({ length: count }, (_, index) => ({
        severity: 'minor',
        message: `Issue ${index}: ${'what is wrong, when it shows '.repeat(4)}`,
        file: 'src/app.ts',
        line: index + 1,
      })),
      verdict: 'changes_requested',
    });
  const reading = (document: string) => () => void notesOf(cut(document, [4]));
  const short = long(170);
  expect(short.length).toBeGreaterThan(31_000);
  expect(leastCpuMs(reading(short), 100)).toBeLessThan(100);
  // Sixteen times the length: re-parsing per piece would take 256 times as long, some seconds.
  expect(leastCpuMs(reading(long(170 * 16)), 1000)).toBeLessThan(1000);
});
