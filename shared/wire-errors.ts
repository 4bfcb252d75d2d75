import { accessErrors } from './access-errors.ts';
import { cursorErrors } from './cursor-errors.ts';
import type { ErrorDetails, InputIssue } from './error-details.ts';
import { StagewireError, type ErrorCode } from './errors.ts';
import { limitReached } from './limit-errors.ts';

/**
 * Every error that the server itself answers a call with: by code, and by situation where a code has several. Message
 * and details are made here only, so that no caller writes prose. Messages are sentences; they may change, while codes
 * and details may not. They name no option of the command line and no file.
 */
export const wireErrors = {
  INVALID_INPUT: {
    fields: (faults: readonly InputIssue[], cause?: unknown) => {
      const issues = faults.map(asPhrase);
      return new StagewireError('INVALID_INPUT', `Invalid input: ${issuesText(issues)}.`, {
        details: { issues },
        cause,
      });
    },
    /** @param problem In the words of the JSON parser, or of tRPC. */
    notJson: (problem: string, cause?: unknown) => invalid(`Invalid JSON: ${phrase(problem)}.`, cause),
    request: (problem: string, cause?: unknown) => invalid(`Invalid request: ${phrase(problem)}.`, cause),
    unreadable: () => invalid('The request cannot be parsed.'),
    url: () => invalid('The URL of the request cannot be parsed.'),
    nestedTooDeeply: (cause?: unknown) => invalid('The JSON of the body is nested too deeply.', cause),
    bodyStalled: (idleMs: number) => invalid(`The body is incomplete: no data for ${idleMs} ms.`),
    method: (method: string) => invalid(`Method ${method} is not supported. Use GET or POST.`),
    noProcedure: () =>
      invalid('No procedure named. Connect with a WebSocket, or call one by URL: /trpc/server.info.'),
    manyHosts: () => invalid('The request has more than one Host header.'),
    noHost: () => invalid('The Host header is missing or malformed.'),
    binaryFrame: () => invalid('Invalid message: expected JSON in a text frame, got a binary frame.'),
    emptyBatch: () => invalid('Invalid message: the batch is empty.'),
    batchTooLarge: (maxCalls: number) => invalid(`Too many calls in one message (limit ${maxCalls}).`),
    noCallId: () => invalid('Invalid call: it has no id.'),
    callIdTooLong: (maxChars: number) =>
      invalid(`Invalid call: its id is too long (limit ${maxChars} chars).`),
    callIdRounded: () =>
      invalid(
        'Invalid call: its id is a number beyond 2^53 - 1, which JSON parsers round. Send it as a string.',
      ),
    callIdInUse: (id: string | number) =>
      invalid(`Invalid call: id ${id} belongs to an open subscription on this connection. Use another id.`),
    connectionParams: (cause?: unknown) =>
      invalid('The connection parameters are not a JSON object in a text frame.', cause),
  },
  UNKNOWN_PROCEDURE: {
    procedure: (path: string) => new StagewireError('UNKNOWN_PROCEDURE', `Unknown procedure "${path}".`),
    url: () => new StagewireError('UNKNOWN_PROCEDURE', 'Nothing is served at this URL.'),
    basePath: (basePath: string) =>
      new StagewireError(
        'UNKNOWN_PROCEDURE',
        `Nothing is served at this URL. All URLs are below ${basePath}/.`,
      ),
    socketPath: (path: string) =>
      new StagewireError('UNKNOWN_PROCEDURE', `WebSockets are served at ${path} only.`),
  },
  RUN_NOT_FOUND: (runId: string) =>
    new StagewireError('RUN_NOT_FOUND', `Run ${runId} does not exist.`, { details: { runId } }),
  RUN_EXPIRED: (runId: string, cause?: unknown) =>
    new StagewireError('RUN_EXPIRED', `Run ${runId} was deleted, or removed by retention.`, {
      details: { runId },
      cause,
    }),
  ATTEMPT_NOT_FOUND: {
    notEnded: (details: ErrorDetails['ATTEMPT_NOT_FOUND']) =>
      new StagewireError(
        'ATTEMPT_NOT_FOUND',
        `Run ${details.runId} has no attempt ${details.attempt} of stage ${details.stage}, or it has not ended.`,
        { details },
      ),
    missing: (details: ErrorDetails['ATTEMPT_NOT_FOUND']) =>
      new StagewireError(
        'ATTEMPT_NOT_FOUND',
        `Run ${details.runId} has no attempt ${details.attempt} of stage ${details.stage}.`,
        { details },
      ),
    noStage: (details: ErrorDetails['ATTEMPT_NOT_FOUND']) =>
      new StagewireError('ATTEMPT_NOT_FOUND', `Run ${details.runId} has no stage ${details.stage}.`, {
        details,
      }),
    unknownRole: (role: string, details: ErrorDetails['ATTEMPT_NOT_FOUND']) =>
      new StagewireError(
        'ATTEMPT_NOT_FOUND',
        `This server has no role "${role}", so it cannot reconstruct the prompt of the attempt.`,
        { details },
      ),
  },
  /** @param problem What is damaged, as a part of a sentence. */
  RUN_UNREADABLE: (runId: string, problem: string) =>
    new StagewireError('RUN_UNREADABLE', `The log of run ${runId} is damaged: ${phrase(problem)}.`, {
      details: { runId, problem },
    }),
  RUN_ENDED: (status: ErrorDetails['RUN_ENDED']['status']) =>
    new StagewireError('RUN_ENDED', `The run has ended: ${status}.`, { details: { status } }),
  RUN_NOT_ENDED: (runId: string, status: ErrorDetails['RUN_NOT_ENDED']['status']) =>
    new StagewireError('RUN_NOT_ENDED', `Run ${runId} has not ended yet: it is ${status}.`, {
      details: { runId, status },
    }),
  RUN_ID_CONFLICT: {
    taken: (runId: string) =>
      new StagewireError(
        'RUN_ID_CONFLICT',
        `Run id ${runId} was already used for a start with a different body. Use a new run id.`,
        {
          details: { runId },
        },
      ),
    removed: (runId: string) =>
      new StagewireError(
        'RUN_ID_CONFLICT',
        `Run id ${runId} belongs to a run that was deleted, or removed by retention. Use a new run id.`,
        {
          details: { runId },
        },
      ),
  },
  STAGE_MISMATCH: (details: ErrorDetails['STAGE_MISMATCH']) =>
    new StagewireError(
      'STAGE_MISMATCH',
      `The command expects ${expectText(details.expected)}, but the run is ${actualText(details.actual)}.`,
      { details },
    ),
  ILLEGAL_TARGET: {
    jsonOutput: (commandId: string, role: string) =>
      new StagewireError(
        'ILLEGAL_TARGET',
        `The output of the ${role} is JSON, which cannot be continued. Use mode restart or next.`,
        { details: { commandId, reason: 'json_output', role } },
      ),
    unknownRole: (commandId: string, role: string) =>
      new StagewireError('ILLEGAL_TARGET', `Unknown role "${role}".`, {
        details: { commandId, reason: 'unknown_role', role },
      }),
    noStage: (commandId: string) =>
      new StagewireError(
        'ILLEGAL_TARGET',
        'The run is queued, so there is no stage to cancel. Cancel the run instead.',
        { details: { commandId, reason: 'no_stage' } },
      ),
  },
  COMMAND_ID_CONFLICT: (commandId: string) =>
    new StagewireError(
      'COMMAND_ID_CONFLICT',
      'The command id was already used with a different body. Use a new UUID for every command.',
      { details: { commandId } },
    ),
  TOO_MANY_PENDING: (maxPendingCommands: number) =>
    new StagewireError(
      'TOO_MANY_PENDING',
      `Too many pending commands (limit ${maxPendingCommands}). Retry after one has been applied.`,
      { details: { maxPendingCommands } },
    ),
  TOO_LARGE: {
    fields: (faults: readonly InputIssue[], cause?: unknown) => {
      const issues = faults.map(asPhrase);
      return new StagewireError('TOO_LARGE', `Input too large: ${issuesText(issues)}.`, {
        details: { issues },
        cause,
      });
    },
    contextFiles: (chars: number, maxFilesChars: number) => {
      const message = `has ${chars} characters in all files together (limit ${maxFilesChars})`;
      return new StagewireError('TOO_LARGE', `Input too large: files: ${message}.`, {
        details: { issues: [{ field: 'files', message }], field: 'files', chars, maxFilesChars },
      });
    },
    answer: (maxAnswerBytes: number) =>
      new StagewireError('TOO_LARGE', `The answer is too large (limit ${maxAnswerBytes} bytes).`, {
        details: { maxAnswerBytes },
      }),
    answers: (maxAnswerBytes: number) =>
      new StagewireError(
        'TOO_LARGE',
        `The answers to one request are too large together (limit ${maxAnswerBytes} bytes). Send several requests.`,
        { details: { maxAnswerBytes } },
      ),
    body: (maxMessageBytes: number) =>
      new StagewireError('TOO_LARGE', `The body is too large (limit ${maxMessageBytes} bytes).`, {
        details: { maxMessageBytes },
      }),
    /** Where the limit is not at hand. */
    request: (cause?: unknown) => new StagewireError('TOO_LARGE', 'The request is too large.', { cause }),
  },
  CURSOR_INVALID: cursorErrors,
  PROTOCOL_MISMATCH: (details: { readonly server: string; readonly client: string }) =>
    new StagewireError(
      'PROTOCOL_MISMATCH',
      `The server speaks protocol version ${details.server}, the client ${details.client}. Update the older one.`,
      { details },
    ),
  ...accessErrors,
  OVERLOADED: {
    subscriptions: (maxSubscriptions: number) =>
      new StagewireError(
        'OVERLOADED',
        `Too many subscriptions on this connection (limit ${maxSubscriptions}). End one, or open another connection.`,
        { details: { maxSubscriptions } },
      ),
    limit: limitReached,
    /** @param retryAfterMs As long as the last write took. */
    log: (retryAfterMs: number) =>
      new StagewireError(
        'OVERLOADED',
        `The event log is overloaded: a write takes ${Math.round(retryAfterMs / 1000)} s. Retry later.`,
        { details: { retryAfterMs } },
      ),
    memory: (what: keyof typeof memoryUses) =>
      new StagewireError('OVERLOADED', `Not enough memory for ${memoryUses[what]}. Retry later.`),
    collector: (cause?: unknown) =>
      new StagewireError('OVERLOADED', 'The receiver of traces does not accept spans. Retry later.', {
        cause,
      }),
    callerGone: () =>
      new StagewireError('OVERLOADED', 'The caller disconnected before the answer was ready.'),
    starting: () => new StagewireError('OVERLOADED', 'The server is starting. Retry in a moment.'),
    identityProvider: () =>
      new StagewireError(
        'OVERLOADED',
        'The server cannot verify tokens at the moment: it has not reached their issuer yet. Retry later.',
      ),
    credentials: (cause?: unknown) =>
      new StagewireError(
        'OVERLOADED',
        'The server cannot check credentials at the moment: their database is unavailable. Retry later.',
        { cause },
      ),
  },
  DRAINING: () => new StagewireError('DRAINING', 'The server is shutting down. Retry later.'),
  LOG_UNAVAILABLE: {
    general: (cause?: unknown) => logUnavailable('Retry later.', cause),
    notStarted: (cause?: unknown) => logUnavailable('The run was not started. Retry later.', cause),
    perhapsStarted: (cause?: unknown) =>
      logUnavailable('The run may have been started. Retry with the same runId.', cause),
    notAccepted: (cause?: unknown) => logUnavailable('The command was not accepted. Retry later.', cause),
    perhapsAccepted: (cause?: unknown) =>
      logUnavailable('The command may have been accepted. Retry with the same commandId.', cause),
  },
  EXECUTOR_UNREACHABLE: (runId: string) =>
    new StagewireError(
      'EXECUTOR_UNREACHABLE',
      'The node that executes the run is unreachable. Retry with the same commandId.',
      { details: { runId } },
    ),
  LIMIT_REACHED: (maxAttemptsPerStage: number) =>
    new StagewireError(
      'LIMIT_REACHED',
      `The stage is in its last attempt (limit ${maxAttemptsPerStage}). Steer the next stage, redirect or cancel.`,
      { details: { maxAttemptsPerStage } },
    ),
  INTERNAL: {
    call: (cause?: unknown) => internal('Internal error.', cause),
    authentication: (cause?: unknown) => internal('Internal error while authenticating the caller.', cause),
  },
} satisfies { readonly [Code in ErrorCode]?: Entry<Code> };

type Made<Code extends ErrorCode> = Extract<StagewireError, { readonly code: Code }>;
type Maker<Code extends ErrorCode> = (...facts: never[]) => Made<Code>;
type Entry<Code extends ErrorCode> = Maker<Code> | Readonly<Record<string, Maker<Code>>>;

/** What there may be no memory for. */
const memoryUses = {
  answer: 'this answer',
  command: 'this command',
  eventStream: 'another event stream',
  headers: 'headers as long as these',
  request: 'a request as large as this one',
  run: 'this run',
  stream: 'this stream',
  subscription: 'another subscription',
} as const;

function invalid(message: string, cause?: unknown) {
  return new StagewireError('INVALID_INPUT', message, { cause });
}

function logUnavailable(outcome: string, cause: unknown) {
  return new StagewireError('LOG_UNAVAILABLE', `The event log is unavailable. ${outcome}`, { cause });
}

function internal(what: string, cause: unknown) {
  return new StagewireError('INTERNAL', `${what} It was logged on the server; a retry may succeed.`, {
    cause,
  });
}

function issuesText(issues: readonly InputIssue[]): string {
  return issues.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join('; ');
}

function asPhrase({ field, message }: InputIssue): InputIssue {
  return { field, message: phrase(message) };
}

/** The text as a part of a sentence: without a full stop of its own. */
function phrase(text: string): string {
  return text.replace(/[.\s]+$/, '');
}

function expectText(expected: ErrorDetails['STAGE_MISMATCH']['expected']): string {
  if (expected === 'any') return 'any stage';
  if ('role' in expected) return `the ${expected.role}`;
  return `stage ${expected.stage}${expected.attempt === undefined ? '' : `, attempt ${expected.attempt}`}`;
}

function actualText(actual: ErrorDetails['STAGE_MISMATCH']['actual']): string {
  return actual === null
    ? 'still queued'
    : `in stage ${actual.stage} (${actual.role}), attempt ${actual.attempt}`;
}
