import { ReviewIssue, Verdict } from '@stagewire/shared/primitives';
import { z } from 'zod';

/**
 * One issue as a reviewer writes it. `null` and blank fields, and lines below 1, stand for "does not apply" and
 * are absent in the result; unknown fields are left out.
 */
export const WrittenIssue = z.preprocess(
  withoutEmptyFields,
  z.object(ReviewIssue.shape),
) satisfies z.ZodType<ReviewIssue>;

/** The reviewer's JSON. Its verdict is one that a reviewer may give: `unknown` is ours alone. */
export const WrittenReview = z.object({
  issues: z.array(WrittenIssue),
  verdict: Verdict.extract(['approved', 'changes_requested']),
});

export type WrittenReview = z.infer<typeof WrittenReview>;

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
      verdict: { type: 'string', enum: WrittenReview.shape.verdict.options },
    },
    required: ['checked', 'issues', 'verdict'],
    additionalProperties: false,
  },
} as const;

function withoutEmptyFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key, field]) => !isEmpty(key, field)));
}

function isEmpty(key: string, field: unknown): boolean {
  if (typeof field === 'string') return field.trim() === '';
  return field === null || (key === 'line' && typeof field === 'number' && field < 1);
}
