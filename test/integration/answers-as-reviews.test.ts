import { afterAll, beforeAll, describe } from 'vitest';
import {
  startCrewServer,
  testCases,
  type CrewAnswer,
  type CrewCase,
  type CrewServer,
} from '../support/crew-case.ts';

let crew: CrewServer;
beforeAll(async () => {
  crew = await startCrewServer();
});
afterAll(() => crew[Symbol.asyncDispose]());

const approved = '{"issues": [], "verdict": "approved"}';
const major =
  '{"severity":"major","message":"An empty queue is not handled.","file":"src/a.ts","line":1,"suggestion":null}';

/** A review that is read at once: its issues go to the refiner without a repair. */
function readAtOnce(title: string, review: CrewAnswer, issues: readonly string[]): CrewCase {
  return {
    title,
    roles: ['coder', 'reviewer', 'refiner'],
    answers: { reviewer: [review, approved] },
    right: {
      issues,
      stages: ['coder', 'reviewer', 'refiner', 'reviewer'],
      calls: { reviewer: 2 },
      verdict: 'approved',
    },
  };
}

/** A review that is asked for again once. */
function askedAgain(title: string, review: CrewAnswer): CrewCase {
  return {
    title,
    roles: ['coder', 'reviewer', 'refiner'],
    answers: { reviewer: [review, approved] },
    right: { stages: ['coder', 'reviewer'], calls: { reviewer: 2 }, verdict: 'approved' },
  };
}

/** A text that never becomes an approval, however often it comes. */
function neverApproved(title: string, review: CrewAnswer): CrewCase {
  return {
    title,
    roles: ['coder', 'reviewer', 'refiner'],
    answers: { reviewer: [review] },
    right: { isNotApproved: true, status: 'completed' },
  };
}

const empty = 'major An empty queue is not handled.';

describe('reviews that can be read in one way only', () => {
  testCases(
    () => crew,
    [
      readAtOnce(
        'below prose, in a fence, with a closing remark',
        `Here is my review:\n\n\`\`\`json\n{"issues":[${major}],"verdict":"changes_requested"}\n\`\`\`\n\nLet me know!`,
        [empty],
      ),
      readAtOnce(
        'with True, None and single quotes',
        "{'issues': [{'severity': 'major', 'message': 'An empty queue is not handled.', 'file': None, 'line': None}], 'verdict': 'changes_requested'}",
        [empty],
      ),
      readAtOnce(
        'with comments and trailing commas',
        `{\n  // gravest first\n  "issues": [\n    ${major},\n  ],\n  "verdict": "changes_requested",\n}`,
        [empty],
      ),
      readAtOnce(
        'with quotes that a word processor makes',
        '{“issues”: [{“severity”: “major”, “message”: “An empty queue is not handled.”}], “verdict”: “changes_requested”}',
        [empty],
      ),
      readAtOnce(
        'with a quoted word inside a message',
        '{"issues":[{"severity":"major","message":"Use "strict" mode here."}],"verdict":"changes_requested"}',
        ['major Use "strict" mode here.'],
      ),
      readAtOnce(
        'with a Windows path and a pattern in strings',
        '{"issues":[{"severity":"major","message":"\\d+ in C:\\src\\app misses 10."}],"verdict":"changes_requested"}',
        ['major \\d+ in C:\\src\\app misses 10.'],
      ),
      readAtOnce(
        'with words of other trackers',
        '{"issues":[{"severity":"CRITICAL","message":"a"},{"severity":"High","message":"b"},{"severity":"Low","message":"c"}],"verdict":"Request changes"}',
        ['blocker a', 'major b', 'nit c'],
      ),
      readAtOnce(
        'with an unknown severity, which counts as major',
        '{"issues":[{"severity":"spicy","message":"a"}],"verdict":"changes_requested"}',
        ['major a'],
      ),
      readAtOnce(
        'with lines in many forms',
        '{"issues":[{"severity":"major","message":"a","line":"12-15"},{"severity":"major","message":"b","line":"L7"},{"severity":"minor","message":"c","line":-1}],"verdict":"changes_requested"}',
        ['major a', 'major b', 'minor c'],
      ),
      readAtOnce('inside another object', `{"review": {"issues":[${major}],"verdict":"changes_requested"}}`, [
        empty,
      ]),
      readAtOnce('in a list of one', `[{"issues":[${major}],"verdict":"changes_requested"}]`, [empty]),
      readAtOnce('with one issue in place of a list', `{"issues":${major},"verdict":"changes_requested"}`, [
        empty,
      ]),
      readAtOnce(
        'twice the same',
        `{"issues":[${major}],"verdict":"changes_requested"}\n{"issues":[${major}],"verdict":"changes_requested"}`,
        [empty],
      ),
      readAtOnce(
        'behind thoughts that hold an approval',
        `<think>Maybe {"issues":[],"verdict":"approved"}? No.</think>{"issues":[${major}],"verdict":"changes_requested"}`,
        [empty],
      ),
      readAtOnce('an approval beside a major issue', `{"issues":[${major}],"verdict":"approved"}`, [empty]),
      readAtOnce('a boolean in place of the verdict', `{"approved": false, "issues":[${major}]}`, [empty]),
      readAtOnce(
        'with an emoji before the severity',
        '{"issues":[{"severity":"🔴 Major","message":"a"}],"verdict":"❌ changes_requested"}',
        ['major a'],
      ),
      readAtOnce(
        'with an issue without a message, which is left out',
        `{"issues":[{"severity":"minor","file":"src/a.ts"},${major}],"verdict":"changes_requested"}`,
        [empty],
      ),
      readAtOnce(
        'in a call of a tool',
        `<tool_call>\n{"name": "review", "arguments": {"issues":[${major}],"verdict":"changes_requested"}}\n</tool_call>`,
        [empty],
      ),
    ],
  );
});

describe('reviews that the output limit cuts off', () => {
  const cut = { cut: `{"issues":[${major},{"severity":"minor","mess` };
  const roles = ['coder', 'reviewer', 'refiner'] as const;
  testCases(
    () => crew,
    [
      askedAgain('once, in its second issue', cut),
      {
        title: 'twice: what could be read goes to the refiner',
        roles,
        answers: { reviewer: [cut, cut, approved] },
        right: {
          stages: ['coder', 'reviewer', 'refiner', 'reviewer'],
          promptHas: { refiner: ['An empty queue is not handled.'] },
          verdict: 'approved',
        },
      },
      {
        title: 'always: no refinement is left, and there is no verdict',
        roles,
        answers: { reviewer: [cut] },
        right: { stages: ['coder', 'reviewer', 'refiner', 'reviewer'], verdict: 'unknown' },
      },
      {
        title: 'in an approval',
        roles,
        answers: { reviewer: [{ cut: '{"issues": [], "verdict": "approved' }] },
        right: { stages: ['coder', 'reviewer'], isNotApproved: true, calls: { reviewer: 2 } },
      },
    ],
  );
});

describe('approvals', () => {
  const taken = (title: string, review: CrewAnswer): CrewCase => ({
    title,
    roles: ['coder', 'reviewer', 'refiner'],
    answers: { reviewer: [review] },
    right: { stages: ['coder', 'reviewer'], calls: { reviewer: 1 }, verdict: 'approved' },
  });
  testCases(
    () => crew,
    [
      taken(
        'with minor issues, in a fence, in capitals',
        '```json\n{"checked":["It works."],"issues":[{"severity":"minor","message":"a","file":null,"line":null,"suggestion":null}],"verdict":"APPROVED"}\n```',
      ),
      taken(
        'with prose that speaks of a major version',
        `The code handles a major version well.\n\n${approved}`,
      ),
      taken('behind thoughts', `<think>\nLooks right.\n</think>\n${approved}`),
      askedAgain('with a comma too many', '{"issues": [], "verdict": "approved",}'),
      askedAgain('without a list', '{"verdict": "approved"}'),
      askedAgain('with null for the list', '{"issues": null, "verdict": "approved"}'),
      askedAgain('in prose', 'LGTM, ship it! Verdict: approved.'),
      askedAgain('by a boolean only', '{"approved": true, "issues": []}'),
      askedAgain(
        'with a verdict that contradicts it further on',
        '{"issues":[],"verdict":"changes_requested","verdict":"approved"}',
      ),
      askedAgain('with an issue that has no message', '{"issues":[{"severity":"nit"}],"verdict":"approved"}'),
      askedAgain(
        'beside the form of a review',
        'Format: {"issues":[{"severity":"blocker","message":"x"}],"verdict":"changes_requested"}\nMine: {"issues":[],"verdict":"approved"}',
      ),
      askedAgain('as changes without an issue', '{"issues":[],"verdict":"changes_requested"}'),
      neverApproved(
        'a text with a blocker in prose beside it',
        `Also {"severity":"blocker","message":"It loses data."}\n${approved}`,
      ),
      neverApproved(
        'a blocker whose key is misspelt',
        '{"issues":[{"severty":"blocker","message":"It loses data."}],"verdict":"approved"}',
      ),
      neverApproved('a bare list of issues and the word approved', `[${major}]\nverdict: approved`),
      neverApproved('a review that ends before its verdict', `{"issues":[${major}`),
      neverApproved(
        'a review in Markdown',
        '## Review\n\n- **[major]** `src/a.ts:1`: An empty queue is not handled.\n\n**Verdict:** approved',
      ),
      neverApproved(
        'a review in YAML',
        'verdict: approved\nissues:\n  - severity: blocker\n    message: It loses data.',
      ),
      {
        title: 'an approval of no file at all',
        roles: ['coder', 'reviewer'],
        answers: { coder: ['I will write it soon.'], reviewer: [approved] },
        right: { verdict: 'unknown', calls: { coder: 2 }, files: {} },
      },
      neverApproved(
        'findings under another key',
        '{"findings":[{"severity":"blocker","message":"It loses data."}],"issues":[],"verdict":"approved"}',
      ),
      neverApproved('an approval with conditions', '{"issues":[],"verdict":"approved with changes"}'),
    ],
  );
});
