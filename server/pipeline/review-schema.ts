import { ReviewIssue, Verdict } from '@stagewire/shared/primitives';

/** What a reviewer may give: `unknown` is ours alone. */
const writtenVerdicts = Verdict.extract(['approved', 'changes_requested']).options;

const nullable = (type: 'string' | 'integer', description: string) => ({
  anyOf: [{ type }, { type: 'null' }],
  description,
});

/**
 * The same for a model's provider, within what all of them take in strict mode: every property required, nothing
 * beside them, no bounds on numbers or lengths. What was checked comes first and the verdict last, so that each rests on
 * what stands before it.
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
            suggestion: nullable('string', 'how to mend it'),
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
