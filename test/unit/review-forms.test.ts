import type { ReviewIssue } from '@stagewire/shared';
import { describe, expect, test } from 'vitest';
import { parseReview } from '../../server/pipeline/review-parser.ts';

const major: ReviewIssue = { severity: 'major', message: 'It leaks.', file: 'src/a.ts', line: 12 };
const inner = '"severity":"major","message":"It leaks.","file":"src/a.ts","line":12';
const one = `{${inner},"suggestion":null}`;
const changes = '"verdict":"changes_requested"';
const whole = `{"issues":[${one}],${changes}}`;

function withIssue(fields: string): string {
  return `{"issues":[{${fields}}],${changes}}`;
}

describe('one reading only: changes requested because of one issue', () => {
  test.each<[string, string, Partial<ReviewIssue>?]>([
    ['as asked', whole],
    ['in a fence', `\`\`\`json\n${whole}\n\`\`\``],
    ['in a fence without a language', `\`\`\`\n${whole}\n\`\`\``],
    ['in a fence that is never closed', `\`\`\`json\n${whole}`],
    ['with prose around', `My review:\n\n${whole}\n\nGood luck!`],
    ['with braces in prose', `f() { return {}; } leaks. ${whole}`],
    ['after thoughts', `<think>Well {"issues"...</think>${whole}`],
    ['with the keys in the other order', `{${changes},"issues":[${one}]}`],
    ['with keys that nobody asked for', `{"checked":"all","issues":[${one}],${changes},"score":3}`],
    ['after a byte order mark', `\uFEFF${whole}`],
    [
      'with a fence in a string',
      withIssue(`${inner},"suggestion":"\`\`\`ts\\nclose();\\n\`\`\`"`),
      { suggestion: '```ts\nclose();\n```' },
    ],
    ['with a comma behind the last issue', `{"issues":[${one},],${changes}}`],
    ['with a comma behind the last key', `{"issues":[${one}],${changes},}`],
    ['with a comma behind the last field', withIssue(`${inner},`)],
    [
      'with a raw line end in a string',
      withIssue('"severity":"major","message":"It\nleaks.","file":"src/a.ts","line":12'),
      { message: 'It\nleaks.' },
    ],
    [
      'with a raw Windows line end in a string',
      withIssue('"severity":"major","message":"It\r\nleaks.","file":"src/a.ts","line":12'),
      { message: 'It\r\nleaks.' },
    ],
    [
      'with a raw tab in a string',
      withIssue('"severity":"major","message":"It\tleaks.","file":"src/a.ts","line":12'),
      { message: 'It\tleaks.' },
    ],
    [
      'with \\d in a string',
      withIssue('"severity":"major","message":"Use \\d+.","file":"src/a.ts","line":12'),
      { message: 'Use \\d+.' },
    ],
    [
      'with a broken \\u in a string',
      withIssue('"severity":"major","message":"Not \\u12.","file":"src/a.ts","line":12'),
      { message: 'Not \\u12.' },
    ],
    [
      'with a path of Windows',
      withIssue('"severity":"major","message":"It leaks.","file":"src\\a.ts","line":12'),
    ],
    [
      'with an escaped path of Windows',
      withIssue('"severity":"major","message":"It leaks.","file":"src\\\\a.ts","line":12'),
    ],
    [
      'with a path of Windows that reads as an escape',
      withIssue('"severity":"major","message":"It leaks.","file":"src\\test.ts","line":12'),
      { file: 'src/test.ts' },
    ],
    ['with None and True', `{"issues":[{${inner},"suggestion":None}],"done":True,${changes}}`],
    ['with undefined and NaN', `{"issues":[{${inner},"suggestion":undefined,"score":NaN}],${changes}}`],
    ['with comments of lines', `{\n// the list\n"issues":[${one}], // one\n${changes}}`],
    ['with a comment of a block', `{"issues":[/* only one */${one}],${changes}}`],
    ['with comments of scripts', `{"issues":[${one}], # one\n${changes}}`],
    ['in single quotes', whole.replaceAll('"', "'")],
    [
      'in single quotes with an apostrophe',
      withIssue(inner).replaceAll('"', "'").replace('It leaks.', "It's bad."),
      { message: "It's bad." },
    ],
    ['in smart quotes', whole.replace(/"([^"]*)"/g, '“$1”')],
    ['without quotes around keys', whole.replace(/"(\w+)":/g, '$1:')],
    [
      'without quotes around words',
      whole.replaceAll('"major"', 'major').replace('"changes_requested"', 'changes_requested'),
    ],
    ['without the last brace', whole.slice(0, -1)],
    ['without the list’s bracket', `{"issues":[${one},${changes}}`],
    ['without the issue’s brace', `{"issues":[{${inner}],${changes}}`],
    ['without the comma between the keys', `{"issues":[${one}]\n${changes}}`],
    ['without a comma between fields', whole.replace(',"message"', '\n"message"')],
    [
      'with a quote inside a string',
      whole.replace('It leaks.', 'The "queue" leaks, "always".'),
      { message: 'The "queue" leaks, "always".' },
    ],
    [
      'with a string that is not closed',
      '{"issues":[{"severity":"major","message":"It leaks.,\n"file":"src/a.ts","line":12}],\n"verdict":"changes_requested"}',
    ],
    ['in a template string', whole.replace('"It leaks."', '`It leaks.`')],
    ['with dots for more', `{"issues":[${one}, ...],${changes}}`],
    ['with a brace too many', `${whole}}`],
    ['with a semicolon behind', `${whole};`],
    ['assigned to a name', `const review = ${whole};`],
    ['escaped once', whole.replaceAll('"', '\\"')],
    ['as a string of JSON', JSON.stringify(whole)],
    ['in capitals', whole.replace('"major"', '"MAJOR"').replace('changes_requested', 'CHANGES_REQUESTED')],
    [
      'in title case with blanks',
      whole.replace('"major"', '" Major "').replace('changes_requested', 'Changes Requested'),
    ],
    ['as REQUEST_CHANGES', whole.replace('changes_requested', 'REQUEST_CHANGES')],
    ['as high', whole.replace('"major"', '"high"')],
    ['as error', whole.replace('"major"', '"error"')],
    ['as critical', whole.replace('"major"', '"critical"'), { severity: 'blocker' }],
    ['as a severity with a sign', whole.replace('"major"', '"🔴 Critical"'), { severity: 'blocker' }],
    ['as a severity with words', whole.replace('"major"', '"major (P1)"')],
    ['as reject', whole.replace('changes_requested', 'reject')],
    ['as needs changes', whole.replace('changes_requested', 'needs changes')],
    ['as not approved', whole.replace('changes_requested', 'not approved')],
    ['as approved: false', `{"issues":[${one}],"approved":false}`],
    ['with the line as text', whole.replace(':12', ':"12"')],
    ['with a range of lines', whole.replace(':12', ':"12-15"')],
    ['with a range of lines without quotes', whole.replace(':12', ':12-15')],
    ['with a list of lines', whole.replace(':12', ':[12,15]')],
    ['with an L before the line', whole.replace(':12', ':"L12"')],
    ['with the word line before it', whole.replace(':12', ':"line 12"')],
    ['with the line behind the path', whole.replace('src/a.ts","line":12', 'src/a.ts:12"')],
    ['with no line that could be read', whole.replace(':12', ':"n/a"'), { line: undefined }],
    ['with the issue as a text', `{"issues":["It leaks."],${changes}}`, { file: undefined, line: undefined }],
    ['with the issue not in a list', `{"issues":${one},${changes}}`],
    [
      'with the only issue as a text in place of the list',
      `{"issues":"It leaks.",${changes}}`,
      { file: undefined, line: undefined },
    ],
    ['wrapped', `{"review":${whole}}`],
    ['wrapped twice', `{"response":{"review":${whole}}}`],
    ['wrapped in a list', `[${whole}]`],
    ['as a call of a tool', JSON.stringify({ name: 'review', arguments: whole })],
    ['with the issues in a wrapper and the verdict outside', `{"review":{"issues":[${one}]},${changes}}`],
    [
      'in lists by severity',
      `{"issues":{"major":[{"message":"It leaks.","file":"src/a.ts","line":12}],"nit":[]},${changes}}`,
    ],
    [
      'in lists by severity at the top',
      `{"majors":[{"message":"It leaks.","file":"src/a.ts","line":12}],${changes}}`,
    ],
    ['twice', `${whole}\n\n${whole}`],
    [
      'after the format',
      `The format is {"issues": [...], "verdict": "approved" or "changes_requested"}.\n${whole}`,
    ],
    [
      'after an example of the format',
      `An example: {"issues":[{"severity":"major","message":"…"}],"verdict":"approved"}\n${whole}`,
    ],
    [
      'after a template',
      `{"issues":[{"severity":"blocker|major|minor|nit","message":"<text>"}],"verdict":"approved|changes_requested"}\n${whole}`,
    ],
    ['one line each, the verdict last', `${one}\n{"verdict":"changes_requested"}`],
    ['a list and no verdict', `[${one}]`],
    ['no verdict', `{"issues":[${one}]}`],
    ['a verdict that says nothing', whole.replace('changes_requested', 'unknown')],
    [
      'with other names of the fields',
      `{"findings":[{"level":"error","description":"It leaks.","path":"./src/a.ts","lineNumber":12}],"decision":"fail"}`,
    ],
    [
      'with capitals in the names',
      `{"Issues":[{"Severity":"Major","Message":"It leaks.","File":"src/a.ts","Line":12}],"Verdict":"Rejected"}`,
    ],
    [
      'with a recommendation',
      withIssue(`${inner},"recommendation":"Close it."`),
      { suggestion: 'Close it.' },
    ],
    [
      'with a location',
      withIssue('"severity":"major","message":"It leaks.","location":{"file":"src/a.ts","line":12}'),
    ],
    ['after an object that leads nowhere', `The block {"x" is fine.\n${whole}`],
    ['with an unknown severity', whole.replace('"major"', '"huge"')],
    ['with a severity that is a number', whole.replace('"major"', '7')],
    ['without a severity', whole.replace('"severity":"major",', '')],
    ['beside an approval', whole.replace('changes_requested', 'approved')],
  ])('%s', (_, text, difference = {}) => {
    const read = parseReview(text);
    const expected = Object.fromEntries(
      Object.entries({ ...major, ...difference }).filter(([, it]) => it !== undefined),
    );
    expect(read.problem).toBeUndefined();
    expect(read).toMatchObject({ verdict: 'changes_requested', issues: [expected] });
    expect(read.issues).toStrictEqual([expected]);
  });

  test('and the notes say what was read in spite of its form', () => {
    expect(parseReview(`{"issues":[${one},],${changes}}`).notes).toEqual([
      'The JSON was read despite a comma before a closing bracket.',
    ]);
    expect(parseReview(whole.replace('"major"', '"huge"')).notes).toEqual([
      'Issue 1 has the unknown severity "huge" and counts as major.',
    ]);
    expect(parseReview(`{"issues":[${one},{"severity":"nit"}],${changes}}`).notes).toEqual([
      'Issue 2 has no "message" and was ignored.',
    ]);
    expect(parseReview(whole).notes).toEqual([]);
  });

  test('200 issues, each judged by itself', () => {
    const issues = Array.from({ length: 200 }, (_, index) => ({ ...major, line: index + 1 }));
    const text = JSON.stringify({ issues, verdict: 'changes_requested' });
    expect(parseReview(text).issues).toEqual(issues);
    expect(parseReview(text.replace(']', ',{"severity":"high"},]')).issues).toEqual(issues);
  });
});
