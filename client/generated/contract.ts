// Written by `npm run generate` from shared/contract.ts. Change it there, not here.

import type {
  TRPCBuiltRouter,
  TRPCDefaultErrorData,
  TRPCDefaultErrorShape,
  TRPCMutationProcedure,
  TRPCQueryProcedure,
  TRPCSubscriptionProcedure,
} from '@trpc/server';

/** The version of the wire protocol that these types belong to. */
export const PROTOCOL_VERSION = 2;

/** Names the contract to the byte; a peer with another hash of the same version is served all the same. */
export const PROTOCOL_HASH = '7bdde574c16c0c133f8e8319cd04bbcd5dda637db1bbd0af5bc9c09cd381419a';

/** Who asked for something. */
export type Actor = {
  id: string;
  kind: 'anonymous' | 'user' | 'bot' | 'system';
  name?: string | undefined;
};

export type ArtifactRecorded = {
  type: 'artifact.recorded';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  stage: number;
  role: Role;
  attempt: number;
  path: string;
  language: string;
  parts: TextPart[];
  /** a placeholder stands where text was left out, and no repair mended it */
  elided?: true | undefined;
};

export type ArtifactRemoved = {
  type: 'artifact.removed';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  stage: number;
  role: Role;
  attempt: number;
  path: string;
  offset: number;
  chars: number;
};

export type ArtifactSkipped = {
  type: 'artifact.skipped';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  stage: number;
  role: Role;
  attempt: number;
  reason: SkipReason;
  path?: string | undefined;
  offset: number;
  chars: number;
};

export type AttemptCause = 'plan' | 'review' | 'steer' | 'redirect' | 'retry' | 'repair' | 'resume' | 'continue';

export type AttemptState = {
  attempt: number;
  status: 'running' | 'completed' | 'interrupted' | 'cancelled' | 'failed';
  cause: AttemptCause;
  model: ModelRef;
  text: string;
  reasoning: string;
  keptChars: number;
  commandIds: CommandId[];
  startedAt: Instant;
  endedAt?: Instant | undefined;
  usage: Usage | null;
  ttftMs?: number | undefined;
  durationMs?: number | undefined;
  failure?: Failure | undefined;
  retryInMs?: number | undefined;
  skipped: SkippedBlock[];
};

/** The attempt that a command was accepted for. */
export type AttemptTarget = {
  stage: number;
  role: Role;
  attempt: number;
};

export type CancelInput =
  | {
    runId: RunId;
    commandId: CommandId;
    target: 'run';
    expect?: Expect | undefined;
    reason?: string | undefined;
  }
  | {
    runId: RunId;
    commandId: CommandId;
    target: 'stage';
    expect: Expect;
    reason?: string | undefined;
  };

export type Command =
  | {
    runId: RunId;
    commandId: CommandId;
    text: string;
    /** @default "restart" */
    mode: 'restart' | 'continue' | 'next';
    expect: Expect;
    /** @default "run" */
    scope: 'stage' | 'run';
    /** drop: the interrupted text is not in the next prompt; with mode restart only. Default: keep */
    draft?: 'keep' | 'drop' | undefined;
    kind: 'steer';
  }
  | {
    runId: RunId;
    commandId: CommandId;
    to: Role;
    text?: string | undefined;
    expect: Expect;
    kind: 'redirect';
  }
  | {
    runId: RunId;
    commandId: CommandId;
    target: 'run';
    expect?: Expect | undefined;
    reason?: string | undefined;
    kind: 'cancel';
  }
  | {
    runId: RunId;
    commandId: CommandId;
    target: 'stage';
    expect: Expect;
    reason?: string | undefined;
    kind: 'cancel';
  };

export type CommandAccepted = {
  type: 'command.accepted';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  commandId: CommandId;
  actor: Actor;
  command: Command;
  target: AttemptTarget | null;
};

export type CommandApplied = {
  type: 'command.applied';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  commandId: CommandId;
  stage: number | null;
  attempt: number | null;
};

export type CommandDropped = {
  type: 'command.dropped';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  commandId: CommandId;
  reason: DropReason;
  text?: string | undefined;
};

/** Made by the client; unique within its run. */
export type CommandId = string;

export type CommandState = {
  commandId: CommandId;
  kind: 'steer' | 'redirect' | 'cancel';
  actor: Actor;
  status: 'accepted' | 'applied' | 'dropped';
  reason?: DropReason | undefined;
  at: Instant;
  command: Command;
  target: AttemptTarget | null;
  /** of its command.accepted, as in its receipt */
  cursor: Cursor;
  appliedTo?: {
    stage: number | null;
    attempt: number | null;
  } | undefined;
};

/** Where a follower stands. Opaque; at most some 50 characters. */
export type Cursor = string;

export type DropReason = 'run_cancelled' | 'run_completed' | 'run_failed' | 'superseded';

/** How much a model reasons before it answers. */
export type Effort = 'low' | 'medium' | 'high';

export type EventsInput = {
  runId: RunId;
  lastEventId?: string | null | undefined;
  include?: {
    /** @default true */
    reasoning?: boolean | undefined;
  } | undefined;
};

/** A precondition on the current stage; never a wait. */
export type Expect =
  | 'any'
  | {
    stage: number;
    attempt?: number | undefined;
  }
  | {
    role: Role;
  };

export type Failure = {
  code: 'PROVIDER_UNAVAILABLE' | 'PROVIDER_REFUSED' | 'PROVIDER_AUTH' | 'PROVIDER_TRUNCATED' | 'PROVIDER_STALLED' | 'CONTEXT_TOO_LONG' | 'OUTPUT_INVALID' | 'LIMIT_REACHED' | 'INTERNAL';
  message: string;
  retryable: boolean;
  reason?: FailureReason | undefined;
};

/** output_limit: every output token went into reasoning; tool_call: the model called a tool, and there are none; empty: it wrote nothing; thought_unfinished: it opened a thought and never closed it; no_file, file_open, file_elided: the answer lacks a file, leaves one open or leaves parts of one out; review_unreadable, review_without_issues: of a review; rate_limit, quota, wait_too_long: the provider wants to be asked later, or not without money; wrong_address: what answered is not the API; model_unknown: the provider has no such model. */
export type FailureReason = 'output_limit' | 'tool_call' | 'empty' | 'thought_unfinished' | 'no_file' | 'file_open' | 'file_elided' | 'review_unreadable' | 'review_without_issues' | 'rate_limit' | 'quota' | 'wait_too_long' | 'wrong_address' | 'model_unknown';

export type FeedEvent =
  | RunQueued
  | InputRecorded
  | RunStarted
  | RunPlanned
  | RunRecovered
  | StageStarted
  | StageReasoning
  | StageDelta
  | StageCompleted
  | StageInterrupted
  | StageCancelled
  | StageFailed
  | ReviewNoted
  | ReviewRecorded
  | ArtifactRecorded
  | ArtifactRemoved
  | ArtifactSkipped
  | CommandAccepted
  | CommandApplied
  | CommandDropped
  | RunCompleted
  | RunFailed
  | RunCancelled
  | FeedOpened;

export type FeedInput = {
  lastEventId?: string | null | undefined;
  labels?: Labels | undefined;
  include?: {
    /** @default false */
    text?: boolean | undefined;
  } | undefined;
};

export type FeedOpened = {
  type: 'feed.opened';
  at: Instant;
  cursor: Cursor;
};

/** input: a context file; stage: written by a role. stage and attempt are absent for input. */
export type FileOrigin = 'input' | 'stage';

/** Where the latest text of a path stands: pieces of an attempt’s text, or the whole of a context file. */
export type FileState = {
  path: string;
  language: string;
  from: FileOrigin;
  stage?: number | undefined;
  attempt?: number | undefined;
  parts: TextPart[];
  elided?: true | undefined;
};

export type FilesInput = {
  runId: RunId;
  /** only the file of this path */
  path?: string | undefined;
  /** the files as they were at the end of this attempt. Default: as they are now */
  at?: {
    stage: number;
    attempt: number;
  } | undefined;
};

export type FinishReason = 'stop' | 'length' | 'other';

export type Format = 'markdown' | 'code' | 'json';

export type InputFile = {
  path: string;
  text: string;
};

export type InputRecorded = {
  type: 'input.recorded';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  path: string;
  text: string;
};

/** ISO 8601, UTC, with milliseconds. */
export type Instant = string;

export type Instructions = Record<string, string>;

export type Labels = Record<string, string>;

export type ListInput = {
  status?: SummaryStatus[] | undefined;
  labels?: Labels | undefined;
  /** @default 50 */
  limit?: number | undefined;
  before?: string | undefined;
};

/** provider/model, or rehearsal with an optional shape: rehearsal/ttft=300,tps=50,seed=7. */
export type ModelRef = string;

export type Models = Record<string, ModelRef>;

export type Pipeline = {
  roles: Role[];
  maxRefinements: number;
};

export type PromptInput = {
  runId: RunId;
  stage: number;
  attempt: number;
};

/** The command is accepted and durable; its outcome comes as command.applied or command.dropped. */
export type Receipt = {
  commandId: CommandId;
  cursor: Cursor;
  target: AttemptTarget | null;
};

export type RedirectInput = {
  runId: RunId;
  commandId: CommandId;
  to: Role;
  text?: string | undefined;
  expect: Expect;
};

export type ReviewIssue = {
  severity: 'blocker' | 'major' | 'minor' | 'nit';
  message: string;
  file?: string | undefined;
  line?: number | undefined;
  suggestion?: string | undefined;
};

export type ReviewNoted = {
  type: 'review.noted';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  stage: number;
  role: Role;
  attempt: number;
  issue: ReviewIssue;
};

export type ReviewRecorded = {
  type: 'review.recorded';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  stage: number;
  role: Role;
  attempt: number;
  verdict: Verdict;
  issues: ReviewIssue[];
  /** what of the review could not be read, or was read in spite of its form */
  problems?: string[] | undefined;
};

export type ReviewState = {
  stage: number;
  attempt: number;
  /** null while the reviewer writes */
  verdict: Verdict | null;
  issues: ReviewIssue[];
  /** what of the review could not be read, or was read in spite of its form */
  problems?: string[] | undefined;
};

/** Who does the work; the known ones are in server.info. */
export type Role = string;

export type RoleSettings = {
  effort?: Effort | undefined;
  /** tokens that an answer may take, reasoning included */
  maxOutputTokens?: number | undefined;
};

export type RunCancelled = {
  type: 'run.cancelled';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  commandId: CommandId;
  actor: Actor;
  reason?: string | undefined;
};

export type RunCompleted = {
  type: 'run.completed';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  verdict: RunVerdict;
  usage: Usage;
  durationMs: number;
};

export type RunEvent =
  | RunQueued
  | InputRecorded
  | RunStarted
  | RunPlanned
  | RunRecovered
  | StageStarted
  | StageReasoning
  | StageDelta
  | StageCompleted
  | StageInterrupted
  | StageCancelled
  | StageFailed
  | ReviewNoted
  | ReviewRecorded
  | ArtifactRecorded
  | ArtifactRemoved
  | ArtifactSkipped
  | CommandAccepted
  | CommandApplied
  | CommandDropped
  | RunCompleted
  | RunFailed
  | RunCancelled
  | RunWaiting
  | StageWaiting;

export type RunFailed = {
  type: 'run.failed';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  failure: Failure;
  stage: number | null;
};

export type RunFile = {
  path: string;
  language: string;
  text: string;
  from: FileOrigin;
  stage?: number | undefined;
  attempt?: number | undefined;
  elided?: true | undefined;
};

/** Identifies a run; time-sortable when the server makes it. */
export type RunId = string;

export type RunInput = {
  runId: RunId;
};

export type RunLimits = {
  maxAttemptsPerStage: number;
  maxDurationMs: number;
};

export type RunPage = {
  items: RunSummary[];
  /** pass it as before for the next page; absent at the end */
  next?: string | undefined;
  /** where runs.feed goes on from this page */
  feedCursor: Cursor;
};

export type RunPlanned = {
  type: 'run.planned';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  roles: Role[];
  cause: 'start' | 'review' | 'redirect' | 'cancel';
};

/** What the model of an attempt was asked. */
export type RunPrompt = {
  stage: number;
  role: Role;
  attempt: number;
  model: ModelRef;
  system: string;
  messages: Array<{
    role: 'user' | 'assistant';
    text: string;
  }>;
  /** false: this server makes another prompt of the log than the one that was sent */
  exact: boolean;
};

export type RunQueued = {
  type: 'run.queued';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  task: string;
  owner: string;
  actor: Actor;
  pipeline: Pipeline;
  instructions: Instructions;
  models: Models;
  settings?: Settings | undefined;
  limits: RunLimits;
  labels: Labels;
  digest: string;
};

export type RunRecovered = {
  type: 'run.recovered';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  reason: 'restart' | 'takeover' | 'log';
  cutOff:
    | {
      stage: number;
      attempt: number;
    }
    | null;
};

export type RunStarted = {
  type: 'run.started';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
};

export type RunState = {
  runId: RunId;
  status: Status;
  task: string;
  owner: string;
  actor: Actor;
  labels: Labels;
  pipeline: Pipeline;
  instructions: Instructions;
  models: Models;
  settings: Settings;
  limits: RunLimits;
  /** roles whose stage has not started, the coming one first */
  plan: Role[];
  stages: StageState[];
  commands: CommandState[];
  /** the latest of reviews */
  review: ReviewState | null;
  /** one per attempt of a reviewer that noted or recorded anything, oldest first */
  reviews: ReviewState[];
  /** the files as they are now, by their last change, oldest first */
  files: FileState[];
  usage: Usage;
  verdict?: RunVerdict | undefined;
  failure?: Failure | undefined;
  queuedAt: Instant;
  startedAt?: Instant | undefined;
  updatedAt: Instant;
  endedAt?: Instant | undefined;
  epoch: number;
  seq: number;
  cursor: Cursor;
};

export type RunSummary = {
  runId: RunId;
  status: SummaryStatus;
  /** of an unreadable run: what is damaged. Other fields are empty where they cannot be read */
  problem?: string | undefined;
  /** its first 200 characters */
  task: string;
  owner: string;
  labels: Labels;
  queuedAt: Instant;
  startedAt?: Instant | undefined;
  endedAt?: Instant | undefined;
  /** the stage that runs or waits; null before and after */
  current: AttemptTarget | null;
  verdict?: RunVerdict | undefined;
};

/** none: no review judges the last code. */
export type RunVerdict = 'approved' | 'changes_requested' | 'unknown' | 'none';

export type RunWaiting = {
  type: 'run.waiting';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  phase: 'queued' | 'log' | 'executor';
  ahead?: number | undefined;
  elapsedMs: number;
};

export type ServerInfo = {
  version: string;
  protocolVersion: number;
  protocolHash: string;
  features: string[];
  roles: Array<{
    role: Role;
    format: Format;
  }>;
  /** default, and roles that have their own */
  models: Record<string, ModelRef>;
  /** false: the default model is the offline rehearsal */
  realModel: boolean;
  limits: Record<string, number>;
  heartbeatMs: number;
  now: Instant;
};

export type Settings = Record<string, RoleSettings>;

/** no_path: nothing names a file; path_refused: not a clean relative path; open: never closed; nested: inside a block that was taken; elided: leaves out parts of the present file; excerpt: a part of a file that exists; diff: a patch or SEARCH/REPLACE; duplicate: a later block has the same path; too_many: above the limit of files in one text; no_such_file: removes what is not there. */
export type SkipReason = 'no_path' | 'path_refused' | 'open' | 'nested' | 'elided' | 'excerpt' | 'diff' | 'duplicate' | 'too_many' | 'no_such_file';

/** A code block that became no file of the run, and why. */
export type SkippedBlock = {
  reason: SkipReason;
  path?: string | undefined;
  offset: number;
  chars: number;
};

export type StageCancelled = {
  type: 'stage.cancelled';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  stage: number;
  role: Role;
  attempt: number;
  commandId: CommandId;
  chars: number;
  usage: Usage;
};

export type StageCompleted = {
  type: 'stage.completed';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  stage: number;
  role: Role;
  attempt: number;
  chars: number;
  finishReason: FinishReason;
  usage: Usage;
  ttftMs: number;
  durationMs: number;
};

export type StageDelta = {
  type: 'stage.delta';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  stage: number;
  role: Role;
  attempt: number;
  offset: number;
  text: string;
};

export type StageFailed = {
  type: 'stage.failed';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  stage: number;
  role: Role;
  attempt: number;
  failure: Failure;
  chars: number;
  usage: Usage;
  retryInMs?: number | undefined;
};

export type StageInterrupted = {
  type: 'stage.interrupted';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  stage: number;
  role: Role;
  attempt: number;
  cause: 'steer' | 'redirect' | 'crash' | 'length';
  commandIds: CommandId[];
  chars: number;
  usage: Usage;
};

export type StageReasoning = {
  type: 'stage.reasoning';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  stage: number;
  role: Role;
  attempt: number;
  offset: number;
  text: string;
};

export type StageStarted = {
  type: 'stage.started';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  stage: number;
  role: Role;
  attempt: number;
  model: ModelRef;
  format: Format;
  cause: AttemptCause;
  commandIds: CommandId[];
  keptChars: number;
  /** of the prompt as it was sent; runs.prompt says whether it still comes out the same */
  promptHash?: string | undefined;
  /** the window of the model as far as the server knew it: the prompt was made to fit */
  contextTokens?: number | undefined;
};

export type StageState = {
  stage: number;
  role: Role;
  format: Format;
  /** waiting: in backoff before the next attempt */
  status: 'running' | 'waiting' | 'completed' | 'interrupted' | 'cancelled' | 'failed';
  /** of a completed stage; length: its text is cut off */
  finishReason?: FinishReason | undefined;
  attempts: AttemptState[];
};

export type StageWaiting = {
  type: 'stage.waiting';
  runId: RunId;
  seq: number;
  firstSeq?: number | undefined;
  at: Instant;
  stage: number;
  role: Role;
  attempt: number;
  phase: 'connecting' | 'first-token' | 'reasoning' | 'stalled' | 'backoff';
  elapsedMs: number;
  sinceLastByteMs?: number | undefined;
  retryInMs?: number | undefined;
};

export type StartInput = {
  task: string;
  runId?: RunId | undefined;
  files?: InputFile[] | undefined;
  instructions?: Record<string, string> | undefined;
  pipeline?: {
    roles?: Role[] | undefined;
    maxRefinements?: number | undefined;
  } | undefined;
  models?: Record<string, ModelRef> | undefined;
  settings?: Settings | undefined;
  limits?: {
    maxAttemptsPerStage?: number | undefined;
    maxDurationMs?: number | undefined;
  } | undefined;
  labels?: Labels | undefined;
};

export type StartReceipt = {
  runId: RunId;
  cursor: Cursor;
};

export type Status = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';

export type SteerInput = {
  runId: RunId;
  commandId: CommandId;
  text: string;
  /** @default "restart" */
  mode?: 'restart' | 'continue' | 'next' | undefined;
  expect: Expect;
  /** @default "run" */
  scope?: 'stage' | 'run' | undefined;
  /** drop: the interrupted text is not in the next prompt; with mode restart only. Default: keep */
  draft?: 'keep' | 'drop' | undefined;
};

/** unreadable: the log of the run is damaged; problem says how. Nothing can act on it. */
export type SummaryStatus = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'unreadable';

export type TextPart = {
  offset: number;
  chars: number;
};

/** Tokens of one attempt or of a sum. outputTokens includes reasoningTokens. final: told by the provider at the end; partial: told before the end; estimated: from characters. */
export type Usage = {
  inputTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  cachedInputTokens?: number | undefined;
  source: 'final' | 'partial' | 'estimated';
};

export type Verdict = 'approved' | 'changes_requested' | 'unknown';

/** Every code that a call can be refused with, and what it means. */
export interface ErrorMeanings {
  /** the input does not fit its schema */
  INVALID_INPUT: never;
  /** there is no such procedure */
  UNKNOWN_PROCEDURE: never;
  /** there is no such run */
  RUN_NOT_FOUND: never;
  /** the run was removed by retention */
  RUN_EXPIRED: never;
  /** the run has no such attempt, or the attempt has not ended */
  ATTEMPT_NOT_FOUND: never;
  /** the log of the run is damaged; nothing of it can be answered */
  RUN_UNREADABLE: never;
  /** the run has ended; nothing can act on it */
  RUN_ENDED: never;
  /** the run id is taken by a run with another body */
  RUN_ID_CONFLICT: never;
  /** the current stage is not the one that `expect` names */
  STAGE_MISMATCH: never;
  /** the command cannot act on this target */
  ILLEGAL_TARGET: never;
  /** the command id was used with another body */
  COMMAND_ID_CONFLICT: never;
  /** too many commands of this run wait for their outcome */
  TOO_MANY_PENDING: never;
  /** something is larger than its limit */
  TOO_LARGE: never;
  /** the cursor is not a position of this log */
  CURSOR_INVALID: never;
  /** client and server speak different protocol versions */
  PROTOCOL_MISMATCH: never;
  /** the server does not know who asks */
  UNAUTHENTICATED: never;
  /** who asks may not do this */
  FORBIDDEN: never;
  /** too many requests */
  RATE_LIMITED: never;
  /** the server has no room for more */
  OVERLOADED: never;
  /** the server is about to stop */
  DRAINING: never;
  /** the event log cannot be written at the moment */
  LOG_UNAVAILABLE: never;
  /** the node that executes the run is not reached at the moment */
  EXECUTOR_UNREACHABLE: never;
  /** a limit of the run is reached */
  LIMIT_REACHED: never;
  /** a defect of the server */
  INTERNAL: never;
}

export type ErrorCode = keyof ErrorMeanings;

/** What a refused call carries as `error.data.stagewire`. */
export interface WireError {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details?: unknown;
}

/** Every procedure: its kind, its input as one may write it, and its answer, or of a subscription each event. */
export interface ProcedureMap {
  'runs.start': { kind: 'mutation'; input: StartInput; output: StartReceipt };
  'runs.events': { kind: 'subscription'; input: EventsInput; output: RunEvent };
  'runs.feed': { kind: 'subscription'; input: FeedInput; output: FeedEvent };
  'runs.steer': { kind: 'mutation'; input: SteerInput; output: Receipt };
  'runs.redirect': { kind: 'mutation'; input: RedirectInput; output: Receipt };
  'runs.cancel': { kind: 'mutation'; input: CancelInput; output: Receipt };
  'runs.get': { kind: 'query'; input: RunInput; output: RunState };
  'runs.files': { kind: 'query'; input: FilesInput; output: RunFile[] };
  'runs.prompt': { kind: 'query'; input: PromptInput; output: RunPrompt };
  'runs.list': { kind: 'query'; input: ListInput; output: RunPage };
  'server.info': { kind: 'query'; input: void; output: ServerInfo };
}

export type ProcedurePath = keyof ProcedureMap;

export const procedureKinds = {
  'runs.start': 'mutation',
  'runs.events': 'subscription',
  'runs.feed': 'subscription',
  'runs.steer': 'mutation',
  'runs.redirect': 'mutation',
  'runs.cancel': 'mutation',
  'runs.get': 'query',
  'runs.files': 'query',
  'runs.prompt': 'query',
  'runs.list': 'query',
  'server.info': 'query',
} as const;

/** The `type` of every event that this version knows. */
export const eventTypes = {
  RunEvent: [
    'run.queued',
    'input.recorded',
    'run.started',
    'run.planned',
    'run.recovered',
    'stage.started',
    'stage.reasoning',
    'stage.delta',
    'stage.completed',
    'stage.interrupted',
    'stage.cancelled',
    'stage.failed',
    'review.noted',
    'review.recorded',
    'artifact.recorded',
    'artifact.removed',
    'artifact.skipped',
    'command.accepted',
    'command.applied',
    'command.dropped',
    'run.completed',
    'run.failed',
    'run.cancelled',
    'run.waiting',
    'stage.waiting',
  ],
  FeedEvent: [
    'run.queued',
    'input.recorded',
    'run.started',
    'run.planned',
    'run.recovered',
    'stage.started',
    'stage.reasoning',
    'stage.delta',
    'stage.completed',
    'stage.interrupted',
    'stage.cancelled',
    'stage.failed',
    'review.noted',
    'review.recorded',
    'artifact.recorded',
    'artifact.removed',
    'artifact.skipped',
    'command.accepted',
    'command.applied',
    'command.dropped',
    'run.completed',
    'run.failed',
    'run.cancelled',
    'feed.opened',
  ],
} as const;

/** How an error looks on the wire. `stagewire` is missing if it is not the server itself that answers. */
export interface ContractErrorShape extends TRPCDefaultErrorShape {
  data: TRPCDefaultErrorData & { stagewire?: WireError };
}

interface Root {
  ctx: object;
  meta: object;
  errorShape: ContractErrorShape;
  transformer: false;
}

interface Definition<Input, Output> {
  meta: object;
  input: Input;
  output: Output;
  errorShape: ContractErrorShape;
}

/** An event with the cursor it leaves a follower at. */
export interface Tracked<Event> {
  id: string;
  data: Event;
}

/** The router as the clients of tRPC want it: `createTRPCClient<ContractRouter>({ links })`. */
export type ContractRouter = TRPCBuiltRouter<Root, {
  runs: {
    start: TRPCMutationProcedure<Definition<StartInput, StartReceipt>>;
    events: TRPCSubscriptionProcedure<Definition<EventsInput, AsyncIterable<Tracked<RunEvent>, void, unknown>>>;
    feed: TRPCSubscriptionProcedure<Definition<FeedInput, AsyncIterable<Tracked<FeedEvent>, void, unknown>>>;
    steer: TRPCMutationProcedure<Definition<SteerInput, Receipt>>;
    redirect: TRPCMutationProcedure<Definition<RedirectInput, Receipt>>;
    cancel: TRPCMutationProcedure<Definition<CancelInput, Receipt>>;
    get: TRPCQueryProcedure<Definition<RunInput, RunState>>;
    files: TRPCQueryProcedure<Definition<FilesInput, RunFile[]>>;
    prompt: TRPCQueryProcedure<Definition<PromptInput, RunPrompt>>;
    list: TRPCQueryProcedure<Definition<ListInput, RunPage>>;
  };
  server: {
    info: TRPCQueryProcedure<Definition<void, ServerInfo>>;
  };
}>;
