import { WrittenReview } from './review-schema.ts';
import { createReviewStream } from './review-stream.ts';

/** A reviewer's text as a whole: the review, or why it cannot be read, as a sentence for a repair round. */
export type ParsedReview = WrittenReview | { readonly problem: string };

/** How many defects of one review are named at most: enough to mend it, few enough to read. */
const maxDefects = 10;

/**
 * Reads the reviewer's text, with or without a fence, thinking in tags or prose around its one JSON object. What
 * is cut off, contradicts itself or does not fit the schema is a problem, never a review.
 */
export function parseReview(text: string): ParsedReview {
  const stream = createReviewStream(() => {});
  stream.write(text);
  const read = stream.end();
  if ('problem' in read) return read;
  const parsed = WrittenReview.safeParse(read.document);
  if (parsed.success) return parsed.data;
  const defects = parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  return { problem: defects.slice(0, maxDefects).join('; ') };
}
