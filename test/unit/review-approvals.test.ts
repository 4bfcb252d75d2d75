import type { ReviewIssue } from '@stagewire/shared';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseReview } from '../../server/pipeline/review-parser.ts';
import { parseSeverity, parseVerdict } from '../../server/pipeline/review-synonyms.ts';
import { leastCpuMs } from '../support/cpu-time.ts';

const major: ReviewIssue = { severity: 'major', message: 'It leaks.', file: 'src/a.ts', line: 12 };
const inner = '"severity":"major","message":"It leaks.","file":"src/a.ts","line":12';
const one = `{${inner},"suggestion":null}`;
const changes = '"verdict":"changes_requested"';
const whole = `{"issues":[${one}],${changes}}`;
const approved = '{"issues":[],"verdict":"approved"}';

describe('an approval is one clean object, its words aside', () => {
  test.each([
    'approved',
    'APPROVED',
    'Approve',
    'pass',
    'OK',
    'LGTM',
    '✅ approved',
    'Looks good to me!',
    'accept',
  ])('%s', (verdict) => {
    const issues = [
      { severity: 'Minor', message: 'a' },
      { severity: 'low', message: 'b' },
    ];
    expect(parseReview(JSON.stringify({ issues, verdict })).verdict).toBe('approved');
  });

  const near: readonly [string, string][] = [
    ['a comma too many', '{"issues":[],"verdict":"approved",}'],
    ['a comment', '{"issues":[], // none\n"verdict":"approved"}'],
    ['single quotes', "{'issues':[],'verdict':'approved'}"],
    ['a missing brace', approved.slice(0, -1)],
    ['a wrapper', `{"review":${approved}}`],
    ['a list around it', `[${approved}]`],
    [
      'a raw control character in a string',
      '{"issues":[{"severity":"nit","message":"a\tb"}],"verdict":"approved"}',
    ],
    ['a number that is none', '{"issues":[{"severity":"nit","message":"x","line":01}],"verdict":"approved"}'],
    ['an escape that is none', '{"issues":[{"severity":"nit","message":"\\x41"}],"verdict":"approved"}'],
    ['a space that is none', '{"issues":[],\u00a0"verdict":"approved"}'],
    ['no list', '{"issues":null,"verdict":"approved"}'],
    ['no issues', '{"verdict":"approved"}'],
    ['other names', '{"findings":[],"decision":"approved"}'],
    ['a boolean', '{"issues":[],"approved":true}'],
    ['the same twice', `${approved}${approved}`],
    ['an example before it', `The format is {"issues":[…],"verdict":"approved"}. ${approved}`],
    ['an issue without a message', '{"issues":[{"severity":"nit"}],"verdict":"approved"}'],
    ['an issue that is none', '{"issues":[7],"verdict":"approved"}'],
    ['a second verdict that refuses', '{"issues":[],"verdict":"approved","decision":"reject"}'],
    [
      'a graver severity beside the list',
      `{"issues":[],"others":[{"level":"high","text":"x"}],"verdict":"approved"}`,
    ],
    ['a graver severity in prose', `Severity: **Critical**. It leaks.\n${approved}`],
    ['a graver severity in thoughts', `<think>{"severity":"major"}</think>${approved}`],
    [
      'a severity given twice',
      '{"issues":[{"severity":"blocker","severity":"nit","message":"x"}],"verdict":"approved"}',
    ],
    [
      'a severity given twice, one of them escaped',
      '{"issues":[{"s\\u0065verity":"bl\\u006fcker","severity":"nit","message":"x"}],"verdict":"approved"}',
    ],
    ['a document in a string', JSON.stringify(approved)],
    ['two verdicts in one', '{"issues":[],"verdict":"approved | changes_requested"}'],
  ];
  test.each(near)('not with %s', (_, text) => {
    const read = parseReview(text);
    expect(read.verdict).not.toBe('approved');
    if (read.verdict === 'unknown') expect(read.problem?.message).not.toBe('');
  });

  const pairs = ['"severity":"blocker"', '"severity":"major"'];
  const bases = pairs.flatMap((pair) => [
    [`{"issues":[{`, `,"message":"x"}],"verdict":"approved"}`, pair],
    [`{"verdict":"approved","issues":[{"message":"x",`, `}]}`, pair],
    [
      `\`\`\`json\n{"issues":[{"severity":"nit","message":"y"},{`,
      `,"message":"x","line":1}],\n"verdict":"approved"}\n\`\`\``,
      pair,
    ],
    [`{"issues":[],"verdict":"approved","more":{`, `}}`, pair],
  ]) as readonly (readonly [string, string, string])[];
  const inserted = fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.constantFrom(
      '"',
      '{',
      '}',
      '[',
      ']',
      '],',
      '{}',
      '\\',
      '\\"',
      '<think>',
      '</think>',
      ',',
      ':',
      '//',
      '/*',
      '*/',
    ),
    fc.constantFrom(
      '"issues":[],',
      ',"issues":[]',
      ',"severity":"nit"',
      ',"message":"x"',
      '"verdict":"approved",',
      approved,
      '}],"verdict":"approved"}',
      '\n',
      "'",
      '\u0000',
    ),
  );
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    drop: fc.integer({ min: 0, max: 12 }),
    insert: inserted,
  });

  function mutated(text: string, edits: readonly { at: number; drop: number; insert: string }[]): string {
    return edits.reduce((now, { at, drop, insert }) => {
      const from = Math.floor(at * (now.length + 1));
      return now.slice(0, from) + insert + now.slice(from + drop);
    }, text);
  }

  test('never with a blocker or a major issue in the text, whatever becomes of the characters around it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...bases),
        fc.array(edit, { maxLength: 6 }),
        fc.array(edit, { maxLength: 6 }),
        ([before, after, pair], first, last) => {
          const text = mutated(before, first) + pair + mutated(after, last);
          expect(parseReview(text).verdict).not.toBe('approved');
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('and never by a single cut, of all there are', () => {
    for (const [before, after, pair] of bases) {
      for (let index = 0; index <= before.length; index += 1)
        expect(parseReview(before.slice(0, index) + pair + after).verdict).not.toBe('approved');
      for (let index = 0; index <= after.length; index += 1)
        expect(parseReview(before + pair + after.slice(index)).verdict).not.toBe('approved');
    }
  });
});

describe('what cannot be used', () => {
  test.each([
    ['an empty list', `{"issues":[],${changes}}`],
    ['no list', `{"issues":null,${changes}}`],
    ['a bare verdict', '{"verdict":"changes_requested"}'],
    ['nothing but issues without a message', `{"issues":[{"severity":"major"}],${changes}}`],
    ['an empty list in near-JSON', `{"issues":[],${changes},}`],
  ])('changes requested with %s: the issues are asked for', (_, text) => {
    expect(parseReview(text)).toMatchObject({
      verdict: 'unknown',
      issues: [],
      problem: { reason: 'review_without_issues', message: expect.stringContaining('no issue') as string },
    });
  });

  test.each([
    ['two objects that contradict each other', `${whole}\n\n${approved}`],
    ['the same the other way round', `${approved}\n${whole}`],
    ['an object that is cut off', whole.slice(0, whole.indexOf(changes))],
    ['an object that is cut off in a second issue', `{"issues":[${one},{"severity":"blo`],
    ['an approval of near-JSON beside the issue', `{"issues":[${one},],"verdict":"approved"}`],
    ['issues without any review', `First: ${one}. Please mend it.`],
    ['the list given twice', `{"issues":[${one}],"issues":[],"verdict":"approved"}`],
  ])('%s keep the issues for the refiner', (_, text) => {
    const read = parseReview(text);
    expect(read).toMatchObject({ verdict: 'unknown', problem: { reason: 'review_unreadable' } });
    expect(read.issues).toContainEqual(major);
  });

  test('two objects that agree are one review', () => {
    const other = whole.replace('It leaks.', 'It stalls.');
    expect(parseReview(`${whole}\n${other}`)).toMatchObject({
      verdict: 'changes_requested',
      issues: [major, { ...major, message: 'It stalls.' }],
    });
  });

  test.each([
    '[',
    '{"a":',
    '{"a":"',
    '{"issues":[',
    "{'issues':['",
    '{"issues":"',
    '[{"a":1}',
    '{a:',
    '/*',
    '"a',
    '{"issues":1}',
    '{"""',
    '{"severity":"nit","message":"x"},',
  ])('two megabytes of %s take bounded time', (piece) => {
    for (const text of [
      piece.repeat(2_000_000 / piece.length),
      `{"issues":[${piece.repeat(250_000 / piece.length)}`,
    ]) {
      const read = () => expect(parseReview(text).verdict).toBe('unknown');
      expect(leastCpuMs(read, 5000)).toBeLessThan(5000);
    }
  });
});

test('a list of issues in megabytes takes bounded time', () => {
  const text = `{"issues":[${'{"severity":"nit","message":"x"},'.repeat(110_000)}]}`;
  const read = () => expect(parseReview(text).problem?.message).toContain('more than 1000000 characters');
  expect(leastCpuMs(read, 2500)).toBeLessThan(2500);
});

test('closing tags of thoughts in front of a long text take bounded time', () => {
  const text = '</think>'.repeat(16_000) + 'x'.repeat(130_000);
  const read = () => expect(parseReview(text).verdict).toBe('unknown');
  expect(leastCpuMs(read, 1000)).toBeLessThan(1000);
});

test.each([
  ['blocker', 'blocker critical Critical FATAL severe p0 P0 sev0 show-stopper highest'],
  ['major', 'major High ERROR p1 important serious'],
  ['minor', 'minor medium Warning moderate p2 non-blocking'],
  ['nit', 'nit low info trivial style Suggestion p3 cosmetic nitpick'],
  [undefined, 'huge ? 3 banana'],
])('severity %s', (severity, words) => {
  for (const word of words.split(' ')) expect([word, parseSeverity(word)]).toEqual([word, severity]);
});

test('the gravest of several words counts', () => {
  expect(parseSeverity('minor to major')).toBe('major');
  expect(parseSeverity('blocker|major|minor|nit')).toBe('blocker');
});

test.each([
  ['approved', 'approved|Approve|PASS|ok|LGTM|accept|looks_good'],
  [
    'changes_requested',
    'changes_requested|REQUEST_CHANGES|reject|needs_changes|changes requested|fail|blocked|approved with changes|not ok',
  ],
  [undefined, 'unknown|maybe|approved or changes_requested|approved | changes_requested|'],
])('verdict %s', (verdict, phrases) => {
  for (const phrase of phrases.split(/\|(?! )(?<! \|)/))
    expect([phrase, parseVerdict(phrase)]).toEqual([phrase, verdict]);
});
