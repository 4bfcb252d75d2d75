import { ReviewIssue, Verdict } from '@stagewire/shared/primitives';

/** The verdicts a reviewer may return: `unknown` is set by the parser only. */
const writtenVerdicts = Verdict.extract(['approved', 'changes_requested']).options;

const nullable = (type: 'string' | 'integer', description: string) => ({
  anyOf: [{ type }, { type: 'null' }],
  description,
});

/**
 * The schema of a review for the provider, limited to what all of them support in strict mode: every property is
 * required, no others are allowed, no limits on numbers or lengths. The checks come first and the verdict last, so
 * that each can be derived from what precedes it.
 */
export const reviewJson = {
  name: 'review',
  schema: {
    type: 'object',
    properties: {
      checked: {
        type: 'array',
        items: { type: 'string', description: 'what was checked, and what came of it' },
      },
      issues: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            severity: { type: 'string', enum: ReviewIssue.shape.severity.options },
            message: { type: 'string', description: 'what is wrong, when it shows, what it leads to' },
            file: nullable('string', 'the path of the file it is in'),
            line: nullable('integer', 'the line it is at, from 1'),
            suggestion: nullable('string', 'how to fix it'),
          },
          required: ['severity', 'message', 'file', 'line', 'suggestion'],
          additionalProperties: false,
        },
      },
      verdict: { type: 'string', enum: writtenVerdicts },
    },
    required: ['checked', 'issues', 'verdict'],
    additionalProperties: false,
  },
} as const;
