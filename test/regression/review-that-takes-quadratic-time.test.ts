import { describe, expect, test } from 'vitest';
import { parseReview } from '../../server/pipeline/review-parser.ts';
import { leastCpuMs } from '../support/cpu-time.ts';

// A message of 50,000 dashes, or a comment mark repeated in a bare value, took seconds in one turn of the event loop:
// patterns with two repetitions side by side, or with an end behind a repetition that can begin anywhere. Each text below
// repeats what one pattern or one loop of the readers repeats, and ends so that it does not match.
const chars = 100_000;
/** At this length quadratic reading takes 3 s and more, linear reading 0.2 s at most. */
const maxCpuMs = 1000;

/** Without its last bracket, so that it has to be repaired. */
const issueOf = (message: string) => `{"issues":[{"message":"${message}"}]`;
const repeated = (unit: string) => unit.repeat(Math.ceil(chars / unit.length));

const texts: Readonly<Record<string, string>> = {
  'a message of dashes and a letter': issueOf(`${repeated('-')}x${repeated('-')}y`),
  'a message of dots': issueOf(`${repeated('.')}x`),
  'a message of opening angle brackets': issueOf(`${repeated('<')}x`),
  'a message of empty tags': issueOf(`${repeated('<>')}x`),
  'a message of tags': issueOf(`${repeated('<a>')}x`),
  'a message of dots as one character': issueOf(`${repeated('…')}x`),
  'a message of spaces': issueOf(`${repeated(' ')}x`),
  'a message whose words are those of templates': issueOf(`${repeated('-string')}x`),
  'commas in a string that is not closed': `{"issues":[{"message":"${repeated(', ')}x,\n"file":"a"}]}`,
  'many strings that are not closed': `{"issues":[${repeated('{"message":", ,x,\n"file":"a"},')}]}`,
  'comment marks in a bare value': `{"issues":[{"message":x${repeated(' #')}\u2028x}]}`,
  'slashes in a bare value': `{"issues":[{"message":x${repeated(' //')}\u2028x}]}`,
  'quotes between spaces': `{"issues":[{"message":"${repeated('"   ')}`,
  'quotes and commas between spaces': `{"issues":[{"message":"${repeated('" , ')}`,
  'a quote before spaces without end': `{"issues":[{"message":"a"${repeated(' ')}x"${repeated(' ')}y`,
  'line ends with spaces behind them': `{"issues":[{"message":"a${repeated('\n    ')}`,
  'carriage returns': `{"issues":[{"message":"a\n${repeated('\r')}x`,
  'lists that end in spaces': `${'['.repeat(49)}{"a":1,${repeated(' ')}`,
  'braces before spaces': repeated('{   '),
  'one brace before a name and spaces': `{a${repeated(' ')}{a${repeated(' ')}`,
  'names that are too long': repeated('{abcdefghij'),
  'brackets that nothing closes': repeated('{'),
  'keys without an end': repeated('{"a": "'),
  'lists in objects': repeated('{"a":['),
  'closing brackets': `[{${repeated(']}')}`,
  'comments without an end': `{${repeated('/* ')}`,
  'comments in lines': `{${repeated('#\n')}`,
  'three quotes': `{"a":${repeated('"""')}`,
  backslashes: `{"a":"${repeated('\\')}x`,
  'escaped quotes': `{\\"a\\":\\"${repeated('\\"')}`,
  fences: `{"a":[${repeated('```')}`,
  'elements that might be keys': `{"a":[${repeated('b  ')}`,
  'strings that might be keys': `{"a":[${repeated('"b"  ')}`,
  'the same key': `{${repeated('"a":[1],')}`,
  'small reviews': repeated('{"verdict":1}'),
  'small reviews behind words that announce them': repeated('format form format form      {"verdict":1} '),
  'different reviews': Array.from({ length: 5000 }, (_, index) => `{"verdict":"${index}"}`).join(' '),
  'issues by themselves': repeated('{"message":"a"} '),
  'thoughts at the front': repeated('<think></think>'),
  'thoughts without an end': repeated('<think>'),
  'ends of thoughts': `{"verdict":1}{"verdict":2}${repeated('</think>')}`,
  'a path of dots': `{"issues":[{"message":"m","file":"${repeated('.a')}:1x"}]}`,
  'a path with many lines': `{"issues":[{"message":"m","file":"a.ts${repeated(':1')}x"}]}`,
  'a path of backslashes': `{"issues":[{"message":"m","file":"${repeated('\\\\')}"}]}`,
  'a line of digits and dashes': `{"issues":[{"message":"m","line":"${repeated('1-')}x"}]}`,
  'a severity of many words': `{"issues":[{"message":"m","severity":"${repeated('not ')}"}]}`,
  'a verdict of many words': `{"issues":[],"verdict":"${repeated('approved or ')}"}`,
  'a text in the place of the issues': `{"issues":"${repeated('-')}x","verdict":"approved"}`,
  'severities in prose': `{"issues":[],"verdict":"approved"}${repeated('severity      ')}major`,
};

describe('a review is read in a time that grows as the text does', () => {
  test.each(Object.entries(texts))('%s', (_, text) => {
    expect(
      leastCpuMs(() => parseReview(text), maxCpuMs),
      'timing: CPU',
    ).toBeLessThan(maxCpuMs);
    expect(['unknown', 'changes_requested']).toContain(parseReview(text).verdict);
  });
});

test('a text that would have to be read again too often is left, which is said, and approves nothing', () => {
  const { verdict, problem, notes } = parseReview(
    `{"issues":[],"verdict":"approved",}${'{"a": "'.repeat(1000)}`,
  );
  expect(verdict).toBe('unknown');
  expect(problem?.reason).toBe('review_unreadable');
  expect(notes).toContain('The rest of the text was not read: it has too many unclosed brackets.');
});
