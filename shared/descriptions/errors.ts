import type { ErrorCode } from '../errors.ts';

/** Content of `details` by error code, for codes that have some. Open: fields may be added. */
export const errorDetails: Readonly<Partial<Record<ErrorCode, string>>> = {
  INVALID_INPUT: '`{issues: [{field, message}]}` if fields are invalid',
  TOO_LARGE:
    '`{issues: [{field, message}]}` if fields are invalid; else the limit, under its name: `maxAnswerBytes`, ' +
    '`maxMessageBytes`',
  RUN_NOT_FOUND: '`{runId}`',
  RUN_EXPIRED: '`{runId}`',
  RUN_ID_CONFLICT: '`{runId}`',
  FORBIDDEN: '`{permission}` if the caller lacks a permission',
  SHARE_NOT_FOUND: '`{runId, shareId}`',
  TOO_MANY_SHARES: 'the limit, under its name: `maxSharesPerRun` or `maxSharesEverPerRun`',
  KEY_NOT_FOUND: '`{id}`',
  KEY_ID_CONFLICT: '`{id}`',
  RATE_LIMITED: '`{retryAfterMs}` after failed attempts to authenticate, or too many sign-ins',
  ATTEMPT_NOT_FOUND: '`{runId, stage, attempt}`',
  RUN_UNREADABLE: '`{runId, problem}`',
  RUN_ENDED: '`{status}`',
  RUN_NOT_ENDED: '`{runId, status}`',
  STAGE_MISMATCH: '`{expected, actual}`: `expect` of the command, and the current `AttemptTarget` or `null`',
  COMMAND_ID_CONFLICT: '`{commandId}`',
  ILLEGAL_TARGET:
    '`{commandId, reason, role?}`: `reason` is `json_output` (the stage writes JSON, which cannot be continued), ' +
    '`unknown_role` or `no_stage` (the run is queued)',
  PROTOCOL_MISMATCH: '`{server, client}`: the two versions',
  TOO_MANY_PENDING: '`{maxPendingCommands}`',
  LIMIT_REACHED: '`{maxAttemptsPerStage}`',
  OVERLOADED:
    'if a limit of the owner or of the server is reached, `{limit, scope, max, retryAfterMs}`; of a connection `maxSubscriptions`, of the queue of the server also `maxQueuedRuns`; `retryAfterMs` while the log is slow',
  EXECUTOR_UNREACHABLE: '`{runId}`',
};
