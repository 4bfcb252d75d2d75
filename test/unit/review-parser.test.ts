import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseReview } from '../../server/pipeline/review-parser.ts';
import { reviewJson } from '../../server/pipeline/review-schema.ts';

const approved = '{"issues": [], "verdict": "approved"}';
const issue = { severity: 'major', message: 'It leaks.', file: 'a.ts', line: 3, suggestion: 'Close it.' };

function document(issues: unknown[], verdict = 'changes_requested'): string {
  return JSON.stringify({ issues, verdict });
}

describe('a review is read', () => {
  test.each([
    ['as it is', approved],
    ['in a fence', `\`\`\`json\n${approved}\n\`\`\``],
    ['after thinking', `<think>Is {"issues": [{"severity"... fine?</think>\n${approved}`],
    [
      'after thinking with a draft in it',
      `<think>${document([{ ...issue, severity: 'nit' }])}</think>${approved}`,
    ],
    ['after thinking without an opening tag', `So {"a": 1} and {b}.\n</think>\n${approved}`],
    ['between prose', `Here is my review of f() { return {}; }:\n${approved}\nI hope that helps {really}.`],
    ['after an object of another kind', `Given {"x": 1}: ${approved}`],
    ['after a quoted brace that leads nowhere', `The block {"x" is fine. ${approved}`],
    [
      'with its keys in the other order and one more',
      '{"verdict": "approved", "summary": "ok", "issues": []}',
    ],
    ['after another object whose string ends with a backslash', `{"dir": "C:\\\\"} {x} ${approved}`],
    ['with blanks everywhere', ' { \n "issues" : [ ] ,\t"verdict" : "approved" } '],
  ])('%s', (_, text) => {
    expect(parseReview(text)).toEqual({ verdict: 'approved', issues: [], notes: [] });
  });

  test('with every field of an issue', () => {
    expect(parseReview(document([issue]))).toEqual({
      verdict: 'changes_requested',
      issues: [issue],
      notes: [],
    });
  });

  test('with fields that do not apply left out of the issue', () => {
    const written = { ...issue, file: '', line: 0, suggestion: null, confidence: 0.9 };
    const read = parseReview(document([written]));
    expect(read).toStrictEqual({
      verdict: 'changes_requested',
      issues: [{ severity: 'major', message: 'It leaks.' }],
      notes: [],
    });
  });
});

describe('nothing but a whole, single, valid review approves', () => {
  test.each([
    ['nothing', ''],
    ['prose', 'Approved! verdict: approved'],
    ['a bare verdict', '{"verdict": "approved"}'],
    ['no verdict', '{"issues": []}'],
    ['another verdict', document([], 'unknown')],
    ['a verdict in doubtful words', document([], 'LGTM with nits')],
    ['issues that are no list', '{"issues": {"a": 1}, "verdict": "approved"}'],
    ['an issue without a message', document([{ severity: 'major', message: ' ' }], 'approved')],
    ['a trailing comma', '{"issues": [], "verdict": "approved",}'],
    ['single quotes', "{'issues': [], 'verdict': 'approved'}"],
    ['two objects that disagree', `${approved}\n${document([issue])}`],
    ['two objects the other way round', `${document([issue])}\n${approved}`],
    ['an approval inside another object', `{"review": ${approved}}`],
    ['an approval inside an object that breaks off', `{"issues": [oops {"draft": ${approved}}`],
    ['an approval behind an object that breaks off', `{"issues": [{"severity": "major", ${approved}`],
    ['an approval followed by another one cut off', `${approved} No, wait: {"issues": [{"sev`],
    ['an approval that was thinking', `${approved}</think>`],
    ['an approval in thinking that never ends', `<think>${approved}`],
    ['issues twice', `{"issues": [${JSON.stringify(issue)}], "issues": [], "verdict": "approved"}`],
    ['the verdict twice', '{"issues": [], "verdict": "changes_requested", "verdict": "approved"}'],
    ['an escaped document', JSON.stringify(approved)],
  ])('%s', (_, text) => {
    const read = parseReview(text);
    expect(read).toHaveProperty('problem');
    expect(read.verdict).toBe('unknown');
  });

  test('a valid review cut off anywhere', () => {
    const whole = document([issue, issue], 'approved');
    for (let length = 0; length < whole.length; length += 1) {
      expect(parseReview(whole.slice(0, length))).toHaveProperty('problem');
    }
  });

  test('and the problem says what is wrong where', () => {
    const messageOf = (text: string) => parseReview(text).problem?.message;
    expect(messageOf(document([{ severity: 'nit' }], 'approved'))).toBe('issue 1 has no "message"');
    expect(messageOf('{"issues": [')).toBe('the JSON object is incomplete');
    expect(messageOf('{"issues": [], "verdict": "approved",}')).toBe(
      'the JSON object is not valid JSON: it has a comma before a closing bracket',
    );
    expect(messageOf(document([], 'maybe'))).toContain('the verdict is "maybe"');
    expect(messageOf('Looks fine.')).toBe('there is no JSON object with the keys "issues" and "verdict"');
  });

  test('and names ten defects at most, each of bounded length', () => {
    const many = Array.from({ length: 50 }, () => ({ severity: 'nit' }));
    const { problem, notes } = parseReview(document(many, 'x'.repeat(10_000)));
    expect(problem?.message.split('; ')).toHaveLength(10);
    expect(problem?.message.length).toBeLessThan(2100);
    expect(notes).toHaveLength(10);
    expect(Math.max(...notes.map(({ length }) => length))).toBeLessThan(210);
  });

  test('arbitrary text never throws', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('{"issues":', '[', ']', '{', '}', '"', '\\', approved),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(parseReview(pieces.join('')).notes.length).toBeLessThanOrEqual(10);
      }),
    );
  });
});

describe('the JSON Schema for providers', () => {
  test('is strict everywhere: every property required, nothing beside them', () => {
    const { schema } = reviewJson;
    for (const object of [schema, schema.properties.issues.items]) {
      expect(object.required).toEqual(Object.keys(object.properties));
      expect(object.additionalProperties).toBe(false);
    }
    expect(schema.required).toEqual(['checked', 'issues', 'verdict']);
  });

  test('allows the values and the fields that the parser takes', () => {
    const { issues, verdict } = reviewJson.schema.properties;
    expect(verdict.enum).toEqual(['approved', 'changes_requested']);
    expect(issues.items.properties.severity.enum).toEqual(['blocker', 'major', 'minor', 'nit']);
    const whole = { severity: 'nit', message: 'x', file: null, line: null, suggestion: null };
    expect(Object.keys(whole)).toEqual(issues.items.required);
    expect(parseReview(document([whole], 'approved'))).toMatchObject({
      verdict: 'approved',
      issues: [{ severity: 'nit', message: 'x' }],
    });
  });
});
