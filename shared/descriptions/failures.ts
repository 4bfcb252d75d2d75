import { failureTable } from '../errors.ts';
import type { SchemaDescriptions } from './description.ts';

/** Descriptions of the schemas of failures in `shared/primitives.ts`. */
export const failures: SchemaDescriptions = {
  FailureReason: {
    text: 'Reason of a failure, more specific than `Failure.code`. Open: a later version may add values.',
    values: {
      output_limit: 'all output tokens were used for reasoning',
      tool_call: 'the model called a tool, but the server offers none',
      empty: 'the model wrote nothing',
      thought_unfinished: 'the model opened a thought and did not close it',
      no_file: 'the answer of a `code` stage has no file',
      file_open: 'the answer leaves a file block open',
      file_elided: 'the answer omits parts of a file',
      review_unreadable: 'the review cannot be read',
      review_without_issues: 'the review requests changes without naming an issue',
      rate_limit: 'too many requests or tokens per minute; the request is retried later',
      quota:
        'the account is exhausted, its daily limit is reached, or this request alone exceeds its limit per minute',
      wait_too_long: 'the provider requests a longer wait than `retryAfterCapMs`',
      wrong_address: 'the server at the address does not have this API',
      model_unknown: 'the provider has no such model',
    },
  },
  ReachedLimit: {
    text: 'A budget of a run that was reached, in two forms by `limit`.',
    fields: {
      limit: 'Which limit of the run: `maxTokens` or `maxCost`.',
      used: 'What the run has used, by the count of the server: it may be less than `max` if a call was not made because its input alone would exceed what is left.',
      max: 'The value of the limit.',
      currency: 'Currency of `used` and `max`. Only with `maxCost`.',
    },
  },
  Failure: {
    text: 'A failure of an attempt or a run, as part of an event.',
    fields: {
      code: { text: 'Failure code.', values: failureTable },
      message:
        'A sentence for people, without keys. For a failure of a provider it names the address that was called and, if known, the likely fix.',
      retryable:
        'Whether the same request may succeed later. If `stage.failed` has `retryInMs`, the server retries it.',
      reason: 'A more specific reason. Absent if there is none.',
      details: 'The budget that was reached. Only with LIMIT_REACHED, and only if it was a budget.',
    },
  },
};
