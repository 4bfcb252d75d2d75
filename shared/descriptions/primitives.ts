import { failureTable } from '../errors.ts';
import { defaultLimits } from '../limits.ts';
import type { SchemaDescriptions } from './description.ts';

const statuses = {
  queued: 'waits in the queue',
  running: 'started and not ended; in an attempt or in backoff',
  completed: 'ended by `run.completed`',
  failed: 'ended by `run.failed`',
  cancelled: 'ended by `run.cancelled`',
};

const verdicts = {
  approved: 'a valid review with no issue above `minor`',
  changes_requested: 'the review requests changes, or has a `blocker` or a `major` issue',
  unknown: 'the review could not be read, was ended early, or cannot count as an approval',
};

/** Descriptions of the schemas in `shared/primitives.ts`. */
export const primitiveDescriptions: SchemaDescriptions = {
  RunId: {
    text: 'Identifies a run: `run_` and 8 to 60 letters, digits or hyphens. Made by the client or the server; ids made by the server or by `randomRunId` sort by time.',
  },
  CommandId: {
    text: 'Idempotency key of a command within its run: a UUID made by the client. The same id with the same body returns the stored receipt; the command is applied only once.',
  },
  Role: {
    text: 'Name of a role, for example `coder`: 1 to 32 chars, lower case. `server.info` lists the roles of a server.',
  },
  ModelRef: {
    text: 'A model: `<provider>/<model>` with provider `anthropic`, `openai`, `openrouter`, `ollama` or `compatible`; or `rehearsal`, the built-in simulated model, with an optional shape: `rehearsal/ttft=300,tps=50,seed=7`. At most 300 chars.',
  },
  Instant: { text: 'ISO 8601, UTC, with milliseconds: `2026-11-22T10:15:30.250Z`.' },
  Cursor: {
    text: 'Position of a subscriber in one run or in the feed. Opaque, at most about 50 chars. Store it and send it back as `lastEventId`; do not parse or compare it.',
  },
  Format: {
    text: 'Format of the text of a stage; it depends on the role.',
    values: {
      markdown: 'prose (architect, documenter)',
      code: 'prose with files in code blocks (coder, refiner, tester)',
      json: 'a review as one JSON object (reviewer)',
    },
  },
  Status: { text: 'Status of a run. Open: a later version may add values.', values: statuses },
  SummaryStatus: {
    text: 'Status of a run as shown in lists.',
    values: {
      ...statuses,
      unreadable: 'the log of the run is damaged, see `problem`; all calls but `runs.list` are rejected',
    },
  },
  Actor: {
    text: 'The principal that made a call.',
    fields: {
      id: 'Identity, as the server knows it. Without authentication `local`.',
      kind: {
        text: 'What the actor is.',
        values: {
          anonymous: 'not authenticated',
          user: 'a person',
          bot: 'a program',
          system: 'the server itself',
        },
      },
      name: 'For display. Absent if none is known.',
    },
  },
  Usage: {
    text: 'Tokens of one attempt, or of all attempts of a run together. A sum has the least certain `source` of its parts.',
    fields: {
      inputTokens: 'Tokens of the prompt, cached ones included.',
      outputTokens: 'Tokens of the answer, reasoning included.',
      reasoningTokens: 'The part of `outputTokens` that was reasoning; never greater than it.',
      cachedInputTokens:
        'The part of `inputTokens` that a cache of the provider served. Absent if the provider reported none.',
      source: {
        text: 'Source of the numbers.',
        values: {
          final: 'reported by the provider at the end of its answer',
          partial: 'reported by the provider before the end',
          estimated: 'computed from characters',
        },
      },
    },
  },
  FailureReason: {
    text: 'Reason of a failure, more specific than `Failure.code`. Open: a later version may add values.',
    values: {
      output_limit: 'all output tokens were used for reasoning',
      tool_call: 'the model called a tool, and there are none',
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
      wrong_address: 'the server at the address is not the API',
      model_unknown: 'the provider has no such model',
    },
  },
  Failure: {
    text: 'A failure of an attempt or a run, as part of an event.',
    fields: {
      code: { text: 'Failure code.', values: failureTable },
      message:
        'A sentence for people, without keys. For a failure of a provider it names the address that was called and, where one is known, the likely fix.',
      retryable:
        'Whether the same request may succeed later. If `stage.failed` has `retryInMs`, the server retries it.',
      reason: 'A more specific reason. Absent if there is none.',
    },
  },
  Verdict: { text: 'Verdict of a review.', values: verdicts },
  RunVerdict: {
    text: 'Verdict of a run: that of its last review.',
    values: { ...verdicts, none: 'no review, or files were changed after the last one' },
  },
  ReviewIssue: {
    text: 'One finding of a reviewer.',
    fields: {
      severity: {
        text: 'Severity. An unknown severity in the review counts as `major`.',
        values: {
          blocker: 'must be changed; rules out approval',
          major: 'should be changed; rules out approval',
          minor: 'small; leaves the verdict to the reviewer',
          nit: 'a matter of taste; leaves the verdict to the reviewer',
        },
      },
      message: 'Description of the issue.',
      file: 'Path of the file, as the reviewer wrote it, without a line number. Absent if the issue names none.',
      line: 'Line in that file, from 1. Absent if the issue names none.',
      suggestion: 'What the reviewer proposes. Absent if it proposes nothing.',
    },
  },
  FinishReason: {
    text: 'Why the model stopped.',
    values: {
      stop: 'the answer was complete',
      length: 'the limit of output tokens was reached: the text is cut off',
      other: 'the provider named no reason or another one',
    },
  },
  TextPart: {
    text: 'A piece of the text of an attempt, or of a context file.',
    fields: {
      offset: 'Where the piece begins, in UTF-16 code units from the beginning of the text.',
      chars: 'Length of the piece in UTF-16 code units.',
    },
  },
  SkipReason: {
    text: 'Why a code block did not become a file.',
    values: {
      no_path: 'nothing names its path',
      path_refused: 'its path is not relative and clean',
      open: 'it was never closed',
      nested: 'it is inside a block that was accepted',
      elided: 'it omits parts of the current file',
      excerpt: 'it is a part of an existing file, or in a quote',
      diff: 'it is a patch, or SEARCH/REPLACE',
      duplicate: 'a later block of the text has the same path',
      too_many: 'it exceeds the limit of files in one text',
      no_such_file: 'it removes a file that the run does not have',
    },
  },
  Effort: {
    text: 'How much a model reasons before it answers. A model without support for it is called without it.',
    values: { low: 'little', medium: 'a medium amount', high: 'much' },
  },
  RoleSettings: {
    text: 'How the model of a role is called. For absent fields the server uses its configuration for the role or the provider, otherwise the default of the provider.',
    fields: {
      effort: 'How much the model reasons before it answers.',
      maxOutputTokens: 'Tokens that an answer may have, reasoning included: 1 to 10000000.',
    },
  },
  AttemptCause: {
    text: 'Why an attempt was started.',
    values: {
      plan: 'the next role of the plan',
      review: 'changes were requested, or a reviewed file has changed',
      steer: 'a steer of mode `restart` or `continue`, or one that ended a backoff',
      redirect: 'a redirect',
      retry: 'the previous attempt failed',
      repair: 'the previous answer was complete but not usable',
      resume: 'recovery after a crash, a take-over or a log failure, also if the prompt has steers',
      continue: 'the previous text was cut off at the output limit',
    },
  },
  DropReason: {
    text: 'Why an accepted command was dropped.',
    values: {
      run_cancelled: 'the run was cancelled',
      run_completed: 'the run completed before the command could be applied',
      run_failed: 'the run failed',
      superseded: 'a later redirect or cancel of the stage replaced it',
    },
  },
  AttemptTarget: { text: 'An attempt of a run with its role: the target of a command.' },
  Pipeline: {
    text: 'The roles of a run.',
    fields: {
      roles: 'The selected roles. Their order has no meaning: the pipeline has a fixed order.',
      maxRefinements: 'Refinements in one pass of the pipeline: 0 to 5.',
    },
  },
  Instructions: { text: '`all`, or the name of a role → text appended to the prompts of that role.' },
  Models: { text: '`default`, or the name of a role → model.' },
  Settings: { text: '`default`, or the name of a role → how its model is called.' },
  RunLimits: {
    text: 'The limits of one run.',
    fields: {
      maxAttemptsPerStage:
        'Attempts of one stage; attempts with cause `resume` or `continue` are not counted.',
      maxDurationMs: 'Milliseconds from `run.started` until the run fails with LIMIT_REACHED.',
    },
  },
  Labels: {
    text: `Key → value, to filter runs by: keys of 1 to 64 chars, values of up to 256. At most ${defaultLimits.maxLabels} per run.`,
  },
};
