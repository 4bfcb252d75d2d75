// Written by `npm run generate` from shared/contract.ts and shared/descriptions.ts. Change it there, not here.

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
  /** Identity, as the server knows it. Without authentication `local`. */
  id: string;
  /**
   * What the actor is.
   * - `anonymous`: not authenticated
   * - `user`: a person
   * - `bot`: a program
   * - `system`: the server itself
   */
  kind: 'anonymous' | 'user' | 'bot' | 'system';
  /** For display. Absent if none is known. */
  name?: string | undefined;
};

/** A file that the text of the attempt writes. */
export type ArtifactRecorded = {
  /** Which event it is. */
  type: 'artifact.recorded';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** Path of the file: relative and clean, with forward slashes. */
  path: string;
  /**
   * Language of the content, as the block names it, else by the extension of the path; `text` if neither names
   * one.
   */
  language: string;
  /** The content: these pieces of the text of the attempt, in this order, one after the other. */
  parts: TextPart[];
  /**
   * There if a placeholder stands in the content where text was left out, and no repair filled it in. Absent
   * otherwise.
   */
  elided?: true | undefined;
};

/** A file that the text of the attempt removes from the files of the run. */
export type ArtifactRemoved = {
  /** Which event it is. */
  type: 'artifact.removed';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** Path of the file: relative and clean, with forward slashes. */
  path: string;
  /**
   * Where the block that asks for it begins in the text of the attempt, in UTF-16 code units, its opening line
   * included.
   */
  offset: number;
  /** Length of that block in UTF-16 code units, its opening and closing lines included. */
  chars: number;
};

/** A code block that became no file. At most 100 of one text. */
export type ArtifactSkipped = {
  /** Which event it is. */
  type: 'artifact.skipped';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** Why it became no file. */
  reason: SkipReason;
  /** The path that the block names. Absent if it names none. */
  path?: string | undefined;
  /** Where the content of the block begins in the text of the attempt, in UTF-16 code units. */
  offset: number;
  /** Length of the content of the block in UTF-16 code units. */
  chars: number;
};

/**
 * Why an attempt was started.
 * - `plan`: the next role of the plan
 * - `review`: changes were requested, or what was reviewed has changed
 * - `steer`: a steer of mode `restart` or `continue`, or one that ended a backoff
 * - `redirect`: a redirect
 * - `retry`: the attempt before it failed
 * - `repair`: the answer before it was complete and not usable as it is
 * - `resume`: recovery after a crash, a take-over or a failing log, with steers in it too
 * - `continue`: the text before it was cut off at the limit of length
 */
export type AttemptCause = 'plan' | 'review' | 'steer' | 'redirect' | 'retry' | 'repair' | 'resume' | 'continue';

/** One attempt at a stage. */
export type AttemptState = {
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /**
   * Whether it is open, or how it ended.
   * - `running`: it is open
   * - `completed`: ended by `stage.completed`
   * - `interrupted`: ended by `stage.interrupted`
   * - `cancelled`: ended by `stage.cancelled`
   * - `failed`: ended by `stage.failed`
   */
  status: 'running' | 'completed' | 'interrupted' | 'cancelled' | 'failed';
  /** Why it was started. */
  cause: AttemptCause;
  /** The model that was called. */
  model: ModelRef;
  /** The text so far, kept text included. It may end in the middle of a surrogate pair. */
  text: string;
  /** The reasoning so far. Empty if the model sends none. */
  reasoning: string;
  /**
   * How much of the text of the attempt before it begins with, in UTF-16 code units: 0 for an attempt that keeps
   * none.
   */
  keptChars: number;
  /** The commands whose text is in its prompt, in the order of acceptance. */
  commandIds: CommandId[];
  /** When it was started. */
  startedAt: Instant;
  /** When it ended. Absent while it is open. */
  endedAt?: Instant | undefined;
  /** Its tokens. `null` while it is open. */
  usage: Usage | null;
  /** Milliseconds from the request to its first delta of either type. There if it completed, absent otherwise. */
  ttftMs?: number | undefined;
  /** Milliseconds from the request to its end. There if it completed, absent otherwise. */
  durationMs?: number | undefined;
  /** Why it failed. There if it failed, absent otherwise. */
  failure?: Failure | undefined;
  /**
   * Milliseconds from its end to the next attempt. There if it failed and another attempt follows, absent
   * otherwise.
   */
  retryInMs?: number | undefined;
  /** Code blocks of its text that became no file, at most 100. They are known at its end. */
  skipped: SkippedBlock[];
};

/** An attempt of a run with its role: what a command acts on. */
export type AttemptTarget = {
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
};

/** Input of `runs.cancel`: ends the run, or its current stage with the text so far. */
export type CancelInput =
  | {
    /** Which run it is, or belongs to. */
    runId: RunId;
    /** Which command it is, or belongs to. */
    commandId: CommandId;
    /** What ends: the `run`, or its current `stage`. A stage of a queued run is ILLEGAL_TARGET. */
    target: 'run';
    /**
     * Precondition, checked when the command arrives; no match is STAGE_MISMATCH. Required with `target: 'stage'`.
     * Default: `'any'`.
     */
    expect?: Expect | undefined;
    /** For the record: up to 2000 chars. Default: none. */
    reason?: string | undefined;
  }
  | {
    /** Which run it is, or belongs to. */
    runId: RunId;
    /** Which command it is, or belongs to. */
    commandId: CommandId;
    /** What ends: the `run`, or its current `stage`. A stage of a queued run is ILLEGAL_TARGET. */
    target: 'stage';
    /**
     * Precondition, checked when the command arrives; no match is STAGE_MISMATCH. Required with `target: 'stage'`.
     * Default: `'any'`.
     */
    expect: Expect;
    /** For the record: up to 2000 chars. Default: none. */
    reason?: string | undefined;
  };

/** A command as it is recorded: its whole parsed input, with `kind`. */
export type Command =
  | {
    /** Which run it is, or belongs to. */
    runId: RunId;
    /** Which command it is, or belongs to. */
    commandId: CommandId;
    /** The instruction: 1 to 20000 chars, trimmed. Absent in a redirect without one. */
    text: string;
    /**
     * What happens to the model call that is open.
     * - `restart`: it is aborted; the stage starts its next attempt with the instruction in the prompt
     * - `continue`: it is aborted; the next attempt continues where the text stopped. ILLEGAL_TARGET in a stage of
     *   format `json`
     * - `next`: nothing is aborted; the instruction enters the prompt of the next stage
     * @default "restart"
     */
    mode: 'restart' | 'continue' | 'next';
    /** Precondition, checked when the command arrives; never a wait. No match is refused with STAGE_MISMATCH. */
    expect: Expect;
    /**
     * Which stages see the instruction.
     * - `stage`: this stage only
     * - `run`: this stage and all later ones
     * @default "run"
     */
    scope: 'stage' | 'run';
    /**
     * Whether the interrupted text is kept. `drop` with a mode other than `restart` is INVALID_INPUT. Default:
     * `keep`.
     * - `keep`: it is in the next prompt
     * - `drop`: it is not in the next prompt
     */
    draft?: 'keep' | 'drop' | undefined;
    /** Which command it is. */
    kind: 'steer';
  }
  | {
    /** Which run it is, or belongs to. */
    runId: RunId;
    /** Which command it is, or belongs to. */
    commandId: CommandId;
    /** The role to go to, chosen for the run or not. One that the server does not know is ILLEGAL_TARGET. */
    to: Role;
    /** The instruction: 1 to 20000 chars, trimmed. Absent in a redirect without one. */
    text?: string | undefined;
    /** Precondition, checked when the command arrives; never a wait. No match is refused with STAGE_MISMATCH. */
    expect: Expect;
    /** Which command it is. */
    kind: 'redirect';
  }
  | {
    /** Which run it is, or belongs to. */
    runId: RunId;
    /** Which command it is, or belongs to. */
    commandId: CommandId;
    /** What ends: the `run`, or its current `stage`. A stage of a queued run is ILLEGAL_TARGET. */
    target: 'run';
    /** Precondition, checked when the command arrives; never a wait. No match is refused with STAGE_MISMATCH. */
    expect?: Expect | undefined;
    /** For the record: up to 2000 chars. Default: none. */
    reason?: string | undefined;
    /** Which command it is. */
    kind: 'cancel';
  }
  | {
    /** Which run it is, or belongs to. */
    runId: RunId;
    /** Which command it is, or belongs to. */
    commandId: CommandId;
    /** What ends: the `run`, or its current `stage`. A stage of a queued run is ILLEGAL_TARGET. */
    target: 'stage';
    /** Precondition, checked when the command arrives; never a wait. No match is refused with STAGE_MISMATCH. */
    expect: Expect;
    /** For the record: up to 2000 chars. Default: none. */
    reason?: string | undefined;
    /** Which command it is. */
    kind: 'cancel';
  };

/** A command is accepted and durable. Exactly one `command.applied` or `command.dropped` follows. */
export type CommandAccepted = {
  /** Which event it is. */
  type: 'command.accepted';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Which command it is, or belongs to. */
  commandId: CommandId;
  /** Who gave it. */
  actor: Actor;
  /** The whole parsed input. */
  command: Command;
  /** The attempt that it was accepted for; in backoff the failed one. `null` while the run is queued. */
  target: AttemptTarget | null;
};

/** A command has acted. It does not mean that the model obeyed. */
export type CommandApplied = {
  /** Which event it is. */
  type: 'command.applied';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Which command it is, or belongs to. */
  commandId: CommandId;
  /** Of a steer, the stage whose prompt has it; else the stage that it ended. `null` if the run was queued. */
  stage: number | null;
  /**
   * Of a steer, the attempt whose prompt has it; else the attempt that it ended, in backoff the failed one.
   * `null` if the run was queued.
   */
  attempt: number | null;
};

/** A command will never act. */
export type CommandDropped = {
  /** Which event it is. */
  type: 'command.dropped';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Which command it is, or belongs to. */
  commandId: CommandId;
  /** Why it was dropped. */
  reason: DropReason;
  /** The text of the command, for use elsewhere. Absent if it has none. */
  text?: string | undefined;
};

/**
 * Identifies a command within its run: a UUID made by the client. The same id with the same body gives the stored
 * receipt and never acts twice.
 */
export type CommandId = string;

/** A command of a run and its outcome. */
export type CommandState = {
  /** Which command it is, or belongs to. */
  commandId: CommandId;
  /**
   * Which command it is.
   * - `steer`: an instruction for the model
   * - `redirect`: to another role
   * - `cancel`: the end of a stage or of the run
   */
  kind: 'steer' | 'redirect' | 'cancel';
  /** Who gave it. */
  actor: Actor;
  /**
   * Its outcome so far.
   * - `accepted`: durable, and not settled yet
   * - `applied`: in the prompt of an attempt (steer), or done (redirect, cancel)
   * - `dropped`: it will never act
   */
  status: 'accepted' | 'applied' | 'dropped';
  /** Why it was dropped. Absent otherwise. */
  reason?: DropReason | undefined;
  /** When it was accepted. */
  at: Instant;
  /** The whole parsed input. */
  command: Command;
  /** The attempt that it was accepted for; in backoff the failed one. `null` if the run was queued. */
  target: AttemptTarget | null;
  /** Position of its `command.accepted`, as in its receipt. */
  cursor: Cursor;
  /** Where it was applied. Absent while it is not. */
  appliedTo?: {
    /** Of a steer, the stage whose prompt has it; else the stage that it ended. `null` if the run was queued. */
    stage: number | null;
    /**
     * Of a steer, the attempt whose prompt has it; else the attempt that it ended. `null` if the run was queued.
     */
    attempt: number | null;
  } | undefined;
};

/**
 * Position of a subscriber in one run or in the feed. Opaque, some 50 chars at most. Keep it and send it back as
 * `lastEventId`; compare nothing.
 */
export type Cursor = string;

/**
 * Why an accepted command will never act.
 * - `run_cancelled`: the run was cancelled
 * - `run_completed`: the run completed before it could act
 * - `run_failed`: the run failed
 * - `superseded`: a later redirect or cancel of the stage took its place
 */
export type DropReason = 'run_cancelled' | 'run_completed' | 'run_failed' | 'superseded';

/**
 * How much a model reasons before it answers. A model that knows no effort is called without it.
 * - `low`: little
 * - `medium`: a medium amount
 * - `high`: much
 */
export type Effort = 'low' | 'medium' | 'high';

/** Input of `runs.events`. */
export type EventsInput = {
  /** Which run it is, or belongs to. */
  runId: RunId;
  /**
   * The cursor received last: the subscription continues after it. `null` or absent: from the beginning. One
   * given beside the input (`lastEventId` of a WebSocket call, the header `Last-Event-ID`) wins.
   */
  lastEventId?: string | null | undefined;
  /** Which events are sent. Default: all. */
  include?: {
    /**
     * Whether `stage.reasoning` is sent. Without it the event that comes next has `firstSeq`.
     * @default true
     */
    reasoning?: boolean | undefined;
  } | undefined;
};

/**
 * Precondition of a command: `'any'`, whatever is current; `{stage, attempt?}`, what a person saw; `{role}`, the
 * current stage has this role. While the run is queued only `'any'` matches; in backoff the failed attempt
 * matches.
 */
export type Expect =
  | 'any'
  | {
    /** The current stage has this ordinal. */
    stage: number;
    /** The current attempt has this ordinal. Default: any attempt of the stage. */
    attempt?: number | undefined;
  }
  | {
    /** The current stage has this role. */
    role: Role;
  };

/** A failure of an attempt or a run, as it is recorded in an event. */
export type Failure = {
  /**
   * What failed.
   * - `PROVIDER_UNAVAILABLE`: the provider could not be reached, was overloaded, or failed
   * - `PROVIDER_REFUSED`: the provider or its model refused the request
   * - `PROVIDER_AUTH`: the provider did not accept the key
   * - `PROVIDER_TRUNCATED`: the stream of the provider ended before it was complete
   * - `PROVIDER_STALLED`: the provider sent nothing for too long
   * - `CONTEXT_TOO_LONG`: the prompt is longer than the model can read
   * - `OUTPUT_INVALID`: the output of the model is empty or cannot be read
   * - `LIMIT_REACHED`: a limit of the run is reached
   * - `INTERNAL`: a defect of the server
   */
  code: 'PROVIDER_UNAVAILABLE' | 'PROVIDER_REFUSED' | 'PROVIDER_AUTH' | 'PROVIDER_TRUNCATED' | 'PROVIDER_STALLED' | 'CONTEXT_TOO_LONG' | 'OUTPUT_INVALID' | 'LIMIT_REACHED' | 'INTERNAL';
  /**
   * A sentence for a person, without keys. Of a provider it names the address that was asked and the likely cure
   * where there is one.
   */
  message: string;
  /** Whether the same request may succeed later. `retryInMs` of `stage.failed` says whether it is tried again. */
  retryable: boolean;
  /** A finer reason. Absent if there is none beyond the code. */
  reason?: FailureReason | undefined;
};

/**
 * Why an attempt failed, finer than `Failure.code`. Open: a later version may add values.
 * - `output_limit`: every output token went into reasoning
 * - `tool_call`: the model called a tool, and there are none
 * - `empty`: the model wrote nothing
 * - `thought_unfinished`: the model opened a thought and did not close it
 * - `no_file`: the answer of a `code` stage has no file
 * - `file_open`: the answer leaves a file block open
 * - `file_elided`: the answer leaves out parts of a file
 * - `review_unreadable`: the review cannot be read
 * - `review_without_issues`: the review asks for changes and names no issue
 * - `rate_limit`: too many requests or tokens per minute; tried again later
 * - `quota`: the account has nothing left, or its limit per day is reached
 * - `wait_too_long`: the provider asks for a longer wait than `retryAfterCapMs`
 * - `wrong_address`: what answers at the address is not the API
 * - `model_unknown`: the provider has no such model
 */
export type FailureReason = 'output_limit' | 'tool_call' | 'empty' | 'thought_unfinished' | 'no_file' | 'file_open' | 'file_elided' | 'review_unreadable' | 'review_without_issues' | 'rate_limit' | 'quota' | 'wait_too_long' | 'wrong_address' | 'model_unknown';

/**
 * What `runs.feed` sends: all durable events but `input.recorded` and reasoning; deltas of text if asked for. The
 * `seq` of a run has gaps here.
 */
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

/** Input of `runs.feed`. */
export type FeedInput = {
  /**
   * The cursor received last, of the feed: it continues after it. `null` or absent: it begins now, with
   * `feed.opened`.
   */
  lastEventId?: string | null | undefined;
  /** Only runs that have all of these labels with these values. Default: all runs. */
  labels?: Labels | undefined;
  /** Which events are sent beside the default ones. Default: none. */
  include?: {
    /**
     * Whether `stage.delta` is sent, merged per run over up to `feedTextWindowMs`. After a resume some text may
     * come again: trim it by `seq`.
     * @default false
     */
    text?: boolean | undefined;
  } | undefined;
};

/** Transient, the first event of a feed without a cursor: it says where the feed begins. */
export type FeedOpened = {
  /** Which event it is. */
  type: 'feed.opened';
  /** The clock of the server. */
  at: Instant;
  /** The position: the feed after it has all that follows. */
  cursor: Cursor;
};

/**
 * Where a file comes from.
 * - `input`: a context file of the start
 * - `stage`: written by a role
 */
export type FileOrigin = 'input' | 'stage';

/** A file of the run: where its latest text stands. `runs.files` has the text itself. */
export type FileState = {
  /** Path of the file: relative and clean, with forward slashes. */
  path: string;
  /**
   * Language of the content, as the block names it, else by the extension of the path; `text` if neither names
   * one.
   */
  language: string;
  /** Where it comes from. */
  from: FileOrigin;
  /** The stage that wrote it. Absent for a context file. */
  stage?: number | undefined;
  /** The attempt that wrote it. Absent for a context file. */
  attempt?: number | undefined;
  /**
   * The content: these pieces of the text, in this order, one after the other. Of a context file the one piece
   * that is the whole file.
   */
  parts: TextPart[];
  /**
   * There if a placeholder stands in the content where text was left out, and no repair filled it in. Absent
   * otherwise.
   */
  elided?: true | undefined;
};

/** Input of `runs.files`. */
export type FilesInput = {
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Only the file of this path; the answer is empty if the run has none. Default: all files. */
  path?: string | undefined;
  /** The files as they were when this attempt had ended. Default: as they are now. */
  at?: {
    /** Ordinal of the stage in the run, from 1. */
    stage: number;
    /** Ordinal of the attempt in its stage, from 1. */
    attempt: number;
  } | undefined;
};

/**
 * Why the model stopped.
 * - `stop`: the answer was complete
 * - `length`: the limit of output tokens was reached: the text is cut off
 * - `other`: the provider named no reason, or one that is neither
 */
export type FinishReason = 'stop' | 'length' | 'other';

/**
 * Format of the text of a stage; its role decides.
 * - `markdown`: prose (architect, documenter)
 * - `code`: prose with files in code blocks (coder, refiner, tester)
 * - `json`: a review as one JSON object (reviewer)
 */
export type Format = 'markdown' | 'code' | 'json';

/** A context file. Its path is a name for the model: the server never touches it on disk. */
export type InputFile = {
  /**
   * Relative and clean, with forward slashes: no empty part, `.`, `..`, drive letter or invisible character. 1 to
   * 512 chars, unique among the files of the run.
   */
  path: string;
  /** The content: up to 200000 chars; all files of a run together up to 1000000, else TOO_LARGE. */
  text: string;
};

/** One context file. Follows `run.queued` in the same append. */
export type InputRecorded = {
  /** Which event it is. */
  type: 'input.recorded';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Path of the file: relative and clean, with forward slashes. */
  path: string;
  /** The content of the file. */
  text: string;
};

/** ISO 8601, UTC, with milliseconds: `2026-11-22T10:15:30.250Z`. */
export type Instant = string;

/** `all`, or the name of a role → text appended to the prompts of that role. */
export type Instructions = Record<string, string>;

/** Key → value, to find runs by: keys of 1 to 64 chars, values of up to 256. At most 32 of one run. */
export type Labels = Record<string, string>;

/** Input of `runs.list`. */
export type ListInput = {
  /** Only runs with one of these statuses; at least one. Default: all. */
  status?: SummaryStatus[] | undefined;
  /** Only runs that have all of these labels with these values. Default: all. */
  labels?: Labels | undefined;
  /**
   * Runs of one page: 1 to 200.
   * @default 50
   */
  limit?: number | undefined;
  /**
   * `next` of the page before, with the same `status` and `labels`; any other text is INVALID_INPUT. Default: the
   * newest runs.
   */
  before?: string | undefined;
};

/**
 * A model: `<provider>/<model>` with provider `anthropic`, `openai`, `openrouter`, `ollama` or `compatible`; or
 * `rehearsal`, the offline model, with an optional shape as `rehearsal/ttft=300,tps=50,seed=7`. At most 300
 * chars.
 */
export type ModelRef = string;

/** `default`, or the name of a role → model. */
export type Models = Record<string, ModelRef>;

/** Which roles a run uses. */
export type Pipeline = {
  /** The chosen roles. Their order means nothing: the pipeline has an order of its own. */
  roles: Role[];
  /** How often the refiner may follow a review in one pass of the pipeline: 0 to 5. */
  maxRefinements: number;
};

/** Input of `runs.prompt`: names an attempt. */
export type PromptInput = {
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
};

/**
 * The command is accepted and durable, not yet done: its outcome comes as `command.applied` or `command.dropped`.
 */
export type Receipt = {
  /** Which command it is, or belongs to. */
  commandId: CommandId;
  /** Position of its `command.accepted`: `runs.events` after it has the outcome. */
  cursor: Cursor;
  /** The attempt that it was accepted for; in backoff the failed one. `null` while the run is queued. */
  target: AttemptTarget | null;
};

/** Input of `runs.redirect`: ends the current stage and goes to another role. */
export type RedirectInput = {
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Which command it is, or belongs to. */
  commandId: CommandId;
  /** The role to go to, chosen for the run or not. One that the server does not know is ILLEGAL_TARGET. */
  to: Role;
  /** Instruction for that role and all later ones: 1 to 20000 chars, trimmed. Default: none. */
  text?: string | undefined;
  /** Precondition, checked when the command arrives; never a wait. No match is refused with STAGE_MISMATCH. */
  expect: Expect;
};

/** One finding of a reviewer. */
export type ReviewIssue = {
  /**
   * How serious it is. An unknown severity in the review counts as `major`.
   * - `blocker`: must be changed; rules out approval
   * - `major`: should be changed; rules out approval
   * - `minor`: small; leaves the verdict to the reviewer
   * - `nit`: a matter of taste; leaves the verdict to the reviewer
   */
  severity: 'blocker' | 'major' | 'minor' | 'nit';
  /** What is wrong. */
  message: string;
  /**
   * Path of the file, as the reviewer wrote it, without a line number behind it. Absent if the issue names none.
   */
  file?: string | undefined;
  /** Line in that file, from 1. Absent if the issue names none. */
  line?: number | undefined;
  /** What the reviewer proposes. Absent if it proposes nothing. */
  suggestion?: string | undefined;
};

/** An issue, as soon as the reviewer has written it. `review.recorded` has the final list. */
export type ReviewNoted = {
  /** Which event it is. */
  type: 'review.noted';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** What the reviewer found. */
  issue: ReviewIssue;
};

/** The review as it counts. */
export type ReviewRecorded = {
  /** Which event it is. */
  type: 'review.recorded';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** The stricter of the written verdict and that of the issues. */
  verdict: Verdict;
  /** The final list: it replaces the issues noted before. */
  issues: ReviewIssue[];
  /**
   * At most 10 sentences about what of the review could not be read, was left out, or was read in spite of its
   * form. Absent if there are none.
   */
  problems?: string[] | undefined;
};

/** The review of one attempt of a reviewer. */
export type ReviewState = {
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** Its verdict. `null` while the reviewer writes, and if the attempt ended without a recorded review. */
  verdict: Verdict | null;
  /** The issues noted so far, or those of the recorded review. */
  issues: ReviewIssue[];
  /**
   * At most 10 sentences about what of the review could not be read, was left out, or was read in spite of its
   * form. Absent if there are none.
   */
  problems?: string[] | undefined;
};

/** Name of a role, as `coder`: 1 to 32 chars, lower case. `server.info` lists the roles of a server. */
export type Role = string;

/**
 * How the model of a role is called. What is absent is the choice of the server for the role or the provider,
 * else the default of the provider.
 */
export type RoleSettings = {
  /** How much the model reasons before it answers. */
  effort?: Effort | undefined;
  /** Tokens that an answer may take, reasoning included: 1 to 10000000. */
  maxOutputTokens?: number | undefined;
};

/** Terminal: the run was cancelled. */
export type RunCancelled = {
  /** Which event it is. */
  type: 'run.cancelled';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Which command it is, or belongs to. */
  commandId: CommandId;
  /** Who cancelled it. */
  actor: Actor;
  /** The reason of the cancel. Absent if it has none. */
  reason?: string | undefined;
};

/** Terminal: the last stage has ended. */
export type RunCompleted = {
  /** Which event it is. */
  type: 'run.completed';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Verdict of the last review; `none` if no review judges the last files. */
  verdict: RunVerdict;
  /** Tokens of all attempts of the run. */
  usage: Usage;
  /** Milliseconds from `run.started` to the end of the run. */
  durationMs: number;
};

/** What `runs.events` sends. Open: skip unknown types, but move past their `seq`. */
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

/** Terminal: the run has failed. */
export type RunFailed = {
  /** Which event it is. */
  type: 'run.failed';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Why it failed. */
  failure: Failure;
  /** The stage that it failed in. `null` before the first. */
  stage: number | null;
};

/** A file of a run with its text. */
export type RunFile = {
  /** Path of the file: relative and clean, with forward slashes. */
  path: string;
  /**
   * Language of the content, as the block names it, else by the extension of the path; `text` if neither names
   * one.
   */
  language: string;
  /** The content. */
  text: string;
  /** Where it comes from. */
  from: FileOrigin;
  /** The stage that wrote it. Absent for a context file. */
  stage?: number | undefined;
  /** The attempt that wrote it. Absent for a context file. */
  attempt?: number | undefined;
  /**
   * There if a placeholder stands in the content where text was left out, and no repair filled it in. Absent
   * otherwise.
   */
  elided?: true | undefined;
};

/**
 * Identifies a run: `run_` and 8 to 60 letters, digits or hyphens. Made by the client or the server; those that
 * the server or `randomRunId` makes sort by time.
 */
export type RunId = string;

/** Input of `runs.get`. */
export type RunInput = {
  /** Which run it is, or belongs to. */
  runId: RunId;
};

/** The limits of one run. */
export type RunLimits = {
  /** Attempts of one stage; attempts with cause `resume` or `continue` are not counted. */
  maxAttemptsPerStage: number;
  /** Milliseconds from `run.started` until the run fails with LIMIT_REACHED. */
  maxDurationMs: number;
};

/** A page of runs. */
export type RunPage = {
  /** The runs, newest queued first. */
  items: RunSummary[];
  /** Pass it as `before` for the next page. Absent on the last one. */
  next?: string | undefined;
  /**
   * A cursor of `runs.feed`, taken before the page was read: the feed after it misses nothing, and may repeat.
   */
  feedCursor: Cursor;
};

/** The plan, at the start and after every change of it. */
export type RunPlanned = {
  /** Which event it is. */
  type: 'run.planned';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Roles whose stage has not started, the next one first. */
  roles: Role[];
  /**
   * Why the plan was made.
   * - `start`: the run starts
   * - `review`: changes were requested, or a reviewed file has changed
   * - `redirect`: a redirect
   * - `cancel`: a cancelled stage
   */
  cause: 'start' | 'review' | 'redirect' | 'cancel';
};

/** The prompt of an attempt, computed from the log when it is asked for. */
export type RunPrompt = {
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** The model that was called. */
  model: ModelRef;
  /** The system text; the same for all roles of a run. */
  system: string;
  /** The messages in order. Roles alternate; the first and the last are `user`. */
  messages: Array<{
    /**
     * Who wrote the message.
     * - `user`: the server, in the name of the user
     * - `assistant`: the model, earlier in the stage
     */
    role: 'user' | 'assistant';
    /** The content of the message. */
    text: string;
  }>;
  /**
   * `true`: this is what was sent, to the byte (`promptHash`). `false`: this version of the server computes
   * another prompt from the log, or the event has no `promptHash`.
   */
  exact: boolean;
};

/** The first event of a run: it is durable and waits for its turn. */
export type RunQueued = {
  /** Which event it is. */
  type: 'run.queued';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** What is to be made, trimmed. */
  task: string;
  /** Who owns the run. Without authentication `local`. */
  owner: string;
  /** Who started it. */
  actor: Actor;
  /** The chosen roles and the number of refinements, defaults filled in. */
  pipeline: Pipeline;
  /** `all` or a role → text appended to its prompts. `{}` without any. */
  instructions: Instructions;
  /** `default` or a role → model: those of the input over those of the server. */
  models: Models;
  /**
   * `default` or a role → how its model is called: those of the input over those of the server. Absent in runs of
   * older versions.
   */
  settings?: Settings | undefined;
  /** Its limits, defaults filled in. */
  limits: RunLimits;
  /** Its labels. `{}` without any. */
  labels: Labels;
  /** Hash of the parsed input without `runId`; opaque. Two starts with one digest are the same. */
  digest: string;
};

/** A new owner continues the run: opens an epoch, and is the first event in it. */
export type RunRecovered = {
  /** Which event it is. */
  type: 'run.recovered';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /**
   * What made the recovery necessary.
   * - `restart`: the server came back
   * - `takeover`: another server took the run
   * - `log`: the log could not be written for a while
   */
  reason: 'restart' | 'takeover' | 'log';
  /** The attempt that was open. `null` if the run was queued or in backoff. */
  cutOff:
    | {
      /** Ordinal of the stage in the run, from 1. */
      stage: number;
      /** Ordinal of the attempt in its stage, from 1. */
      attempt: number;
    }
    | null;
};

/** The turn of the run has come. */
export type RunStarted = {
  /** Which event it is. */
  type: 'run.started';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
};

/** The state of a run: the fold of its events up to `seq`. */
export type RunState = {
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Where the run stands. */
  status: Status;
  /** What is to be made. */
  task: string;
  /** Who owns the run. Without authentication `local`. */
  owner: string;
  /** Who started it. */
  actor: Actor;
  /** Its labels. `{}` without any. */
  labels: Labels;
  /** The chosen roles and the number of refinements, defaults filled in. */
  pipeline: Pipeline;
  /** `all` or a role → text appended to its prompts. `{}` without any. */
  instructions: Instructions;
  /** `default` or a role → model, as fixed at the start: those of the input over those of the server. */
  models: Models;
  /**
   * `default` or a role → how its model is called, as fixed at the start: those of the input over those of the
   * server. `{}` without any.
   */
  settings: Settings;
  /** Its limits, defaults filled in. */
  limits: RunLimits;
  /** Roles whose stage has not started, the next one first. */
  plan: Role[];
  /** Its stages, oldest first. */
  stages: StageState[];
  /** Its accepted commands, oldest first. */
  commands: CommandState[];
  /** The last entry of `reviews`. `null` before the first issue or review. */
  review: ReviewState | null;
  /**
   * One entry for each attempt of a reviewer that noted or recorded anything, by their last change, oldest first.
   */
  reviews: ReviewState[];
  /** The files as they are now, each path once, by their last change, oldest first. */
  files: FileState[];
  /** The tokens of all attempts that have ended. */
  usage: Usage;
  /** Verdict on the run. There if it has completed, absent otherwise. */
  verdict?: RunVerdict | undefined;
  /** Why the run failed. There if it failed, absent otherwise. */
  failure?: Failure | undefined;
  /** When the run was queued: `at` of `run.queued`. */
  queuedAt: Instant;
  /** When its turn came: `at` of `run.started`. Absent before. */
  startedAt?: Instant | undefined;
  /** When its last event was recorded. */
  updatedAt: Instant;
  /** When the run ended. Absent while it has not. */
  endedAt?: Instant | undefined;
  /** How many owners the run has had, from 1: a recovery adds one. */
  epoch: number;
  /** Position of the last event that the state includes. */
  seq: number;
  /** The same position as a cursor: `runs.events` after it continues without a gap. */
  cursor: Cursor;
};

/** A run as lists show it. */
export type RunSummary = {
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Where the run stands. */
  status: SummaryStatus;
  /**
   * What is damaged in the log of an unreadable run; its other fields are empty where they cannot be read. Absent
   * otherwise.
   */
  problem?: string | undefined;
  /** The first 200 chars of the task. */
  task: string;
  /** Who owns the run. Without authentication `local`. */
  owner: string;
  /** Its labels. `{}` without any. */
  labels: Labels;
  /** When the run was queued: `at` of `run.queued`. */
  queuedAt: Instant;
  /** When its turn came: `at` of `run.started`. Absent before. */
  startedAt?: Instant | undefined;
  /** When the run ended. Absent while it has not. */
  endedAt?: Instant | undefined;
  /** The attempt that is open, or the failed one in backoff. `null` before the first and after the end. */
  current: AttemptTarget | null;
  /** Verdict on the run. There if it has completed, absent otherwise. */
  verdict?: RunVerdict | undefined;
};

/**
 * Verdict on a run: that of its last recorded review.
 * - `approved`: a valid review with no issue above `minor`
 * - `changes_requested`: the review asks for changes, or has a `blocker` or a `major` issue
 * - `unknown`: the review could not be read, was ended early, or cannot be taken for an approval
 * - `none`: no review, or files were changed after the last one
 */
export type RunVerdict = 'approved' | 'changes_requested' | 'unknown' | 'none';

/** Transient, in `runs.events` only: the run waits. Not in the log; it changes no state. */
export type RunWaiting = {
  /** Which event it is. */
  type: 'run.waiting';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Repeats the `seq` last sent to this subscriber. */
  seq: number;
  /** Not set in transient events. */
  firstSeq?: number | undefined;
  /** When it was sent. */
  at: Instant;
  /**
   * What the run waits for.
   * - `queued`: its turn
   * - `log`: the log, which cannot be written at the moment
   * - `executor`: the node that executes the run, which is not reached at the moment
   */
  phase: 'queued' | 'log' | 'executor';
  /** How many queued runs are ahead of it. Absent in other phases than `queued`. */
  ahead?: number | undefined;
  /** Milliseconds since the wait began. */
  elapsedMs: number;
};

/** What a server is and can do. */
export type ServerInfo = {
  /** Version of the server software. */
  version: string;
  /** Version of the wire protocol that it speaks. */
  protocolVersion: number;
  /** Hash of its contract: SHA-256 in hexadecimal. Compatible servers may have another one. */
  protocolHash: string;
  /** Words for what it can do, as `steer` and `feed`. Open: skip unknown ones. */
  features: string[];
  /** The roles that it knows, in the order of the pipeline. */
  roles: Array<{
    /** Its name, as `coder`. */
    role: Role;
    /** Format of the text that the role writes. */
    format: Format;
  }>;
  /** `default`, and each role that has its own → the model that is used where a run names none. */
  models: Record<string, ModelRef>;
  /** `false`: the default model is the offline rehearsal. */
  realModel: boolean;
  /** The limits that it enforces, by name. Units are in the names: Chars (UTF-16 code units), Bytes, Ms. */
  limits: Record<string, number>;
  /** The longest silence in `runs.events` of a live run, in milliseconds. */
  heartbeatMs: number;
  /** The clock of the server. */
  now: Instant;
};

/** `default`, or the name of a role → how its model is called. */
export type Settings = Record<string, RoleSettings>;

/**
 * Why a code block became no file.
 * - `no_path`: nothing names a file
 * - `path_refused`: its path is not relative and clean
 * - `open`: it was never closed
 * - `nested`: it is inside a block that was taken
 * - `elided`: it leaves out parts of the present file
 * - `excerpt`: it is a part of a file that exists, or stands in a quote
 * - `diff`: it is a patch, or SEARCH/REPLACE
 * - `duplicate`: a later block of the text has the same path
 * - `too_many`: it is above the limit of files in one text
 * - `no_such_file`: it removes a file that the run does not have
 */
export type SkipReason = 'no_path' | 'path_refused' | 'open' | 'nested' | 'elided' | 'excerpt' | 'diff' | 'duplicate' | 'too_many' | 'no_such_file';

/** A code block that became no file of the run, and why. */
export type SkippedBlock = {
  /** Why it became no file. */
  reason: SkipReason;
  /** The path that the block names. Absent if it names none. */
  path?: string | undefined;
  /** Where the content of the block begins in the text of the attempt, in UTF-16 code units. */
  offset: number;
  /** Length of the content of the block in UTF-16 code units. */
  chars: number;
};

/** Ends an attempt and its stage by a cancel; the text so far stays. */
export type StageCancelled = {
  /** Which event it is. */
  type: 'stage.cancelled';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** Which command it is, or belongs to. */
  commandId: CommandId;
  /** Length of the text of the attempt at its end, kept text included, in UTF-16 code units. */
  chars: number;
  /** Tokens of the attempt. */
  usage: Usage;
};

/** Ends an attempt and its stage: the text is complete, or as long as the model can write. */
export type StageCompleted = {
  /** Which event it is. */
  type: 'stage.completed';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** Length of the text of the attempt at its end, kept text included, in UTF-16 code units. */
  chars: number;
  /** Why the model stopped; `length`: the text is cut off. */
  finishReason: FinishReason;
  /** Tokens of the attempt. */
  usage: Usage;
  /** Milliseconds from the request to the first delta of either type. */
  ttftMs: number;
  /** Milliseconds from the request to the end of the attempt. */
  durationMs: number;
};

/** A delta: a piece of the text of the model. */
export type StageDelta = {
  /** Which event it is. */
  type: 'stage.delta';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /**
   * Where the piece begins, in UTF-16 code units: the length of what events of this type have said in the attempt
   * before, kept text included. A reader cuts its text there and adds the piece.
   */
  offset: number;
  /** The piece, as the model sent it. It may begin or end in the middle of a surrogate pair. */
  text: string;
};

/** Ends an attempt by a failure. */
export type StageFailed = {
  /** Which event it is. */
  type: 'stage.failed';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** Why it failed. */
  failure: Failure;
  /** Length of the text of the attempt at its end, kept text included, in UTF-16 code units. */
  chars: number;
  /** Tokens of the attempt. */
  usage: Usage;
  /**
   * Milliseconds from `at` to the next attempt; 0: it is started in the same append. Absent: no attempt follows,
   * and the run fails.
   */
  retryInMs?: number | undefined;
};

/** Ends an attempt before its text was complete; the text so far stays. */
export type StageInterrupted = {
  /** Which event it is. */
  type: 'stage.interrupted';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /**
   * What interrupted it.
   * - `steer`: a steer of mode `restart` or `continue`
   * - `redirect`: a redirect
   * - `crash`: a crash, a take-over or a failing log
   * - `length`: the limit of output tokens; the next attempt continues the text
   */
  cause: 'steer' | 'redirect' | 'crash' | 'length';
  /** The commands that interrupted it. Empty for `crash` and `length`. */
  commandIds: CommandId[];
  /** Length of the text of the attempt at its end, kept text included, in UTF-16 code units. */
  chars: number;
  /** Tokens of the attempt. */
  usage: Usage;
};

/** A delta: a piece of reasoning of the model. */
export type StageReasoning = {
  /** Which event it is. */
  type: 'stage.reasoning';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /**
   * Where the piece begins, in UTF-16 code units: the length of what events of this type have said in the attempt
   * before, kept text included. A reader cuts its text there and adds the piece.
   */
  offset: number;
  /** The piece, as the model sent it. It may begin or end in the middle of a surrogate pair. */
  text: string;
};

/** An attempt begins; the first attempt begins its stage. */
export type StageStarted = {
  /** Which event it is. */
  type: 'stage.started';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3 … without gaps. */
  seq: number;
  /**
   * The first position that the event stands for, if it stands for several: merged deltas, or events that were
   * left out. On the wire only. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** When the event was recorded. */
  at: Instant;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** The model that is called. */
  model: ModelRef;
  /** Format of the text. */
  format: Format;
  /** Why the attempt was started. */
  cause: AttemptCause;
  /**
   * Every command whose text is in the prompt, in the order of acceptance, those of earlier attempts and stages
   * included.
   */
  commandIds: CommandId[];
  /**
   * How much of the text of the attempt before it begins with, in UTF-16 code units: 0 for an attempt that keeps
   * none.
   */
  keptChars: number;
  /**
   * Hash of the prompt as it was sent: SHA-256 in hexadecimal. `exact` of `runs.prompt` says whether it still
   * comes out the same. May be absent.
   */
  promptHash?: string | undefined;
  /** Context window of the model in tokens; the prompt was made to fit. Absent if the server did not know it. */
  contextTokens?: number | undefined;
};

/** One visit of a role in a run. */
export type StageState = {
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Format of its text. */
  format: Format;
  /**
   * Status of its last attempt, or `waiting`.
   * - `running`: an attempt is open
   * - `waiting`: no attempt is open: backoff before the next one
   * - `completed`: ended by `stage.completed`
   * - `interrupted`: ended by `stage.interrupted`
   * - `cancelled`: ended by `stage.cancelled`
   * - `failed`: ended by `stage.failed`, and no attempt follows
   */
  status: 'running' | 'waiting' | 'completed' | 'interrupted' | 'cancelled' | 'failed';
  /** Why the model stopped. There if the stage completed, absent otherwise; `length`: its text is cut off. */
  finishReason?: FinishReason | undefined;
  /** Its attempts, oldest first; at least one. */
  attempts: AttemptState[];
};

/** Transient, in `runs.events` only: nothing of the stage can be shown. Not in the log; it changes no state. */
export type StageWaiting = {
  /** Which event it is. */
  type: 'stage.waiting';
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Repeats the `seq` last sent to this subscriber. */
  seq: number;
  /** Not set in transient events. */
  firstSeq?: number | undefined;
  /** When it was sent. */
  at: Instant;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /**
   * What the stage waits for, derived from the bytes on the socket of the provider.
   * - `connecting`: the provider has not answered yet
   * - `first-token`: the provider has answered, without a token yet
   * - `reasoning`: bytes come, and nothing to show
   * - `stalled`: no bytes for a heartbeat
   * - `backoff`: no attempt is open; the next one comes in `retryInMs`
   */
  phase: 'connecting' | 'first-token' | 'reasoning' | 'stalled' | 'backoff';
  /** Milliseconds since the wait began: from the request, in backoff from the failure. */
  elapsedMs: number;
  /** Milliseconds since the last byte of the provider. Absent in phase `backoff`. */
  sinceLastByteMs?: number | undefined;
  /** Milliseconds until the next attempt. Absent in other phases than `backoff`. */
  retryInMs?: number | undefined;
};

/** Input of `runs.start`. Strict: an unknown field is INVALID_INPUT. */
export type StartInput = {
  /** What is to be made: 1 to 100000 chars, trimmed. */
  task: string;
  /**
   * Makes the call idempotent: the same id with the same body gives the same receipt, with another body
   * RUN_ID_CONFLICT. Default: made by the server, a new run with every call.
   */
  runId?: RunId | undefined;
  /** Context files for the roles, at most 100. Default: none. */
  files?: InputFile[] | undefined;
  /** `all`, or the name of a role → text appended to its prompts, 1 to 20000 chars. Default: none. */
  instructions?: Record<string, string> | undefined;
  /** Which roles run. Default: all but `tester`. */
  pipeline?: {
    /**
     * The chosen roles, 1 to 16, in any order. An unknown role, a role named twice, and roles that leave nothing
     * to run are INVALID_INPUT. Default: all but `tester`.
     */
    roles?: Role[] | undefined;
    /** How often the refiner may follow a review in one pass: 0 to 5. Default: 2. */
    maxRefinements?: number | undefined;
  } | undefined;
  /**
   * `default`, or the name of a role → model. `default` beats what the server has configured for a role. A model
   * that the server cannot call is INVALID_INPUT. Default: the models in `server.info`.
   */
  models?: Record<string, ModelRef> | undefined;
  /** `default`, or the name of a role → how its model is called. Default: the settings of the server. */
  settings?: Settings | undefined;
  /** Limits of this run. Default: those of the server. */
  limits?: {
    /** Attempts of one stage: 1 to 32. Default: 8. */
    maxAttemptsPerStage?: number | undefined;
    /**
     * Milliseconds from `run.started` on, 1000 to 86400000; then the run fails with LIMIT_REACHED. Default:
     * 86400000.
     */
    maxDurationMs?: number | undefined;
  } | undefined;
  /** To find the run by in `runs.list` and `runs.feed`. Default: none. */
  labels?: Labels | undefined;
};

/** The run is queued and durable. */
export type StartReceipt = {
  /** The id of the run: the one of the input, else made by the server. */
  runId: RunId;
  /** Position of its `run.queued`: `runs.events` after it has all that follows. */
  cursor: Cursor;
};

/**
 * Status of a run. Open: a later version may add values.
 * - `queued`: waits for its turn
 * - `running`: has started and not ended; in an attempt or in backoff
 * - `completed`: ended by `run.completed`
 * - `failed`: ended by `run.failed`
 * - `cancelled`: ended by `run.cancelled`
 */
export type Status = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';

/** Input of `runs.steer`: an instruction for the model. */
export type SteerInput = {
  /** Which run it is, or belongs to. */
  runId: RunId;
  /** Which command it is, or belongs to. */
  commandId: CommandId;
  /** The instruction: 1 to 20000 chars, trimmed. */
  text: string;
  /**
   * What happens to the model call that is open.
   * - `restart`: it is aborted; the stage starts its next attempt with the instruction in the prompt
   * - `continue`: it is aborted; the next attempt continues where the text stopped. ILLEGAL_TARGET in a stage of
   *   format `json`
   * - `next`: nothing is aborted; the instruction enters the prompt of the next stage
   * @default "restart"
   */
  mode?: 'restart' | 'continue' | 'next' | undefined;
  /** Precondition, checked when the command arrives; never a wait. No match is refused with STAGE_MISMATCH. */
  expect: Expect;
  /**
   * Which stages see the instruction.
   * - `stage`: this stage only
   * - `run`: this stage and all later ones
   * @default "run"
   */
  scope?: 'stage' | 'run' | undefined;
  /**
   * Whether the interrupted text is kept. `drop` with a mode other than `restart` is INVALID_INPUT. Default:
   * `keep`.
   * - `keep`: it is in the next prompt
   * - `drop`: it is not in the next prompt
   */
  draft?: 'keep' | 'drop' | undefined;
};

/**
 * Status of a run as lists show it.
 * - `queued`: waits for its turn
 * - `running`: has started and not ended; in an attempt or in backoff
 * - `completed`: ended by `run.completed`
 * - `failed`: ended by `run.failed`
 * - `cancelled`: ended by `run.cancelled`
 * - `unreadable`: the log of the run is damaged, `problem` says how; all but `runs.list` is refused
 */
export type SummaryStatus = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'unreadable';

/** A piece of the text of an attempt, or of a context file. */
export type TextPart = {
  /** Where the piece begins, in UTF-16 code units from the beginning of the text. */
  offset: number;
  /** Length of the piece in UTF-16 code units. */
  chars: number;
};

/**
 * Tokens of one attempt, or of all attempts of a run together. A sum has the least certain `source` of its parts.
 */
export type Usage = {
  /** Tokens of the prompt, cached ones included. */
  inputTokens: number;
  /** Tokens of the answer, reasoning included. */
  outputTokens: number;
  /** The part of `outputTokens` that was reasoning; never greater than it. */
  reasoningTokens: number;
  /** The part of `inputTokens` that a cache of the provider served. Absent if the provider reported none. */
  cachedInputTokens?: number | undefined;
  /**
   * Where the numbers come from.
   * - `final`: reported by the provider at the end of its answer
   * - `partial`: reported by the provider before the end
   * - `estimated`: computed from characters
   */
  source: 'final' | 'partial' | 'estimated';
};

/**
 * Verdict of a review.
 * - `approved`: a valid review with no issue above `minor`
 * - `changes_requested`: the review asks for changes, or has a `blocker` or a `major` issue
 * - `unknown`: the review could not be read, was ended early, or cannot be taken for an approval
 */
export type Verdict = 'approved' | 'changes_requested' | 'unknown';

/** Every code that a call can be refused with, and what it means. */
export interface ErrorMeanings {
  /**
   * The input does not fit its schema.
   * The same request will not succeed. tRPC code `BAD_REQUEST`.
   * `details`: `{issues: [{field, message}]}` where fields are at fault.
   */
  INVALID_INPUT: never;
  /**
   * There is no such procedure.
   * The same request will not succeed. tRPC code `NOT_FOUND`.
   */
  UNKNOWN_PROCEDURE: never;
  /**
   * There is no such run.
   * The same request will not succeed. tRPC code `NOT_FOUND`.
   * `details`: `{runId}`.
   */
  RUN_NOT_FOUND: never;
  /**
   * The run was removed by retention.
   * The same request will not succeed. tRPC code `NOT_FOUND`.
   * `details`: `{runId}`.
   */
  RUN_EXPIRED: never;
  /**
   * The run has no such attempt, or the attempt has not ended.
   * The same request will not succeed. tRPC code `NOT_FOUND`.
   * `details`: `{runId, stage, attempt}`.
   */
  ATTEMPT_NOT_FOUND: never;
  /**
   * The log of the run is damaged; nothing of it can be answered.
   * The same request will not succeed. tRPC code `CONFLICT`.
   * `details`: `{runId, problem}`.
   */
  RUN_UNREADABLE: never;
  /**
   * The run has ended; nothing can act on it.
   * The same request will not succeed. tRPC code `CONFLICT`.
   * `details`: `{status}`.
   */
  RUN_ENDED: never;
  /**
   * The run id is taken by a run with another body.
   * The same request will not succeed. tRPC code `CONFLICT`.
   * `details`: `{runId}`.
   */
  RUN_ID_CONFLICT: never;
  /**
   * The current stage is not the one that `expect` names.
   * The same request will not succeed. tRPC code `PRECONDITION_FAILED`.
   * `details`: `{expected, actual}`: `expect` of the command, and the current `AttemptTarget` or `null`.
   */
  STAGE_MISMATCH: never;
  /**
   * The command cannot act on this target.
   * The same request will not succeed. tRPC code `UNPROCESSABLE_CONTENT`.
   * `details`: `{commandId, reason, role?}`: `reason` is `json_output` (the stage writes JSON, which cannot be
   * continued), `unknown_role` or `no_stage` (the run is queued).
   */
  ILLEGAL_TARGET: never;
  /**
   * The command id was used with another body.
   * The same request will not succeed. tRPC code `CONFLICT`.
   * `details`: `{commandId}`.
   */
  COMMAND_ID_CONFLICT: never;
  /**
   * Too many commands of this run wait for their outcome.
   * The same request may succeed later. tRPC code `TOO_MANY_REQUESTS`.
   * `details`: `{maxPendingCommands}`.
   */
  TOO_MANY_PENDING: never;
  /**
   * Something is larger than its limit.
   * The same request will not succeed. tRPC code `PAYLOAD_TOO_LARGE`.
   * `details`: `{issues: [{field, message}]}` where fields are at fault; else the limit, under its name:
   * `maxAnswerBytes`, `maxMessageBytes`.
   */
  TOO_LARGE: never;
  /**
   * The cursor is not a position of this log.
   * The same request will not succeed. tRPC code `BAD_REQUEST`.
   */
  CURSOR_INVALID: never;
  /**
   * Client and server speak different protocol versions.
   * The same request will not succeed. tRPC code `PRECONDITION_FAILED`; on a WebSocket it closes the connection
   * with 4409.
   * `details`: `{server, client}`: the two versions.
   */
  PROTOCOL_MISMATCH: never;
  /**
   * The server does not know who asks.
   * The same request will not succeed. tRPC code `UNAUTHORIZED`; on a WebSocket it closes the connection with
   * 4401.
   */
  UNAUTHENTICATED: never;
  /**
   * Who asks may not do this.
   * The same request will not succeed. tRPC code `FORBIDDEN`; on a WebSocket it closes the connection with 4403.
   */
  FORBIDDEN: never;
  /**
   * Too many requests.
   * The same request may succeed later. tRPC code `TOO_MANY_REQUESTS`; on a WebSocket it closes the connection
   * with 4429.
   */
  RATE_LIMITED: never;
  /**
   * The server has no room for more.
   * The same request may succeed later. tRPC code `SERVICE_UNAVAILABLE`.
   * `details`: The limit, under its name, where there is one: `maxSubscriptions`, `maxQueuedRuns`.
   */
  OVERLOADED: never;
  /**
   * The server is about to stop.
   * The same request may succeed later. tRPC code `SERVICE_UNAVAILABLE`.
   */
  DRAINING: never;
  /**
   * The event log cannot be written at the moment.
   * The same request may succeed later. tRPC code `SERVICE_UNAVAILABLE`.
   */
  LOG_UNAVAILABLE: never;
  /**
   * The node that executes the run is not reached at the moment.
   * The same request may succeed later. tRPC code `SERVICE_UNAVAILABLE`.
   * `details`: `{runId}`.
   */
  EXECUTOR_UNREACHABLE: never;
  /**
   * A limit of the run is reached.
   * The same request will not succeed. tRPC code `PRECONDITION_FAILED`.
   * `details`: `{maxAttemptsPerStage}`.
   */
  LIMIT_REACHED: never;
  /**
   * A defect of the server.
   * The same request may succeed later. tRPC code `INTERNAL_SERVER_ERROR`.
   */
  INTERNAL: never;
}

/** A code of `ErrorMeanings`. Open: a later version of the server may refuse with a code that is not here. */
export type ErrorCode = keyof ErrorMeanings;

/** What a refused call carries as `error.data.stagewire`. */
export interface WireError {
  /** Why the call is refused. */
  readonly code: ErrorCode;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** What the code is about, as `ErrorMeanings` says for each; absent if there is nothing to add. Open. */
  readonly details?: unknown;
}

/**
 * Every procedure: its kind, its input as one may write it, and its answer, or of a subscription each event.
 * Each can be refused with INVALID_INPUT, TOO_LARGE, PROTOCOL_MISMATCH, UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED,
 * OVERLOADED, LOG_UNAVAILABLE, INTERNAL; further errors stand with it.
 */
export interface ProcedureMap {
  /**
   * Queues a run. Idempotent with a `runId` made by the client. Answers when the run is durable.
   * Errors: RUN_ID_CONFLICT, DRAINING.
   */
  'runs.start': { kind: 'mutation'; input: StartInput; output: StartReceipt };
  /**
   * Replays a run from its first event or after a cursor, continues live, and ends after the terminal event.
   * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, CURSOR_INVALID.
   */
  'runs.events': { kind: 'subscription'; input: EventsInput; output: RunEvent };
  /**
   * Sends the events of every run of the caller, in the order of their commits, from now or after a cursor. Ends
   * only with the connection.
   * Errors: CURSOR_INVALID.
   */
  'runs.feed': { kind: 'subscription'; input: FeedInput; output: FeedEvent };
  /**
   * Gives the model of a stage an instruction. Answers when the command is durable; its outcome comes as an
   * event.
   * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, COMMAND_ID_CONFLICT, RUN_ENDED, STAGE_MISMATCH,
   * ILLEGAL_TARGET, TOO_MANY_PENDING, DRAINING, EXECUTOR_UNREACHABLE, LIMIT_REACHED.
   */
  'runs.steer': { kind: 'mutation'; input: SteerInput; output: Receipt };
  /**
   * Ends the current stage and goes to another role. Answers when the command is durable; its outcome comes as an
   * event.
   * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, COMMAND_ID_CONFLICT, RUN_ENDED, STAGE_MISMATCH,
   * ILLEGAL_TARGET, TOO_MANY_PENDING, DRAINING, EXECUTOR_UNREACHABLE.
   */
  'runs.redirect': { kind: 'mutation'; input: RedirectInput; output: Receipt };
  /**
   * Ends the run, or its current stage with the text so far. Answers when the command is durable; its outcome
   * comes as an event.
   * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, COMMAND_ID_CONFLICT, RUN_ENDED, STAGE_MISMATCH,
   * ILLEGAL_TARGET, TOO_MANY_PENDING, DRAINING, EXECUTOR_UNREACHABLE.
   */
  'runs.cancel': { kind: 'mutation'; input: CancelInput; output: Receipt };
  /**
   * Answers the state of a run as it is now.
   * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE.
   */
  'runs.get': { kind: 'query'; input: RunInput; output: RunState };
  /**
   * Answers the files of a run with their texts, by their last change, oldest first: as they are now, or as they
   * were after an attempt.
   * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, ATTEMPT_NOT_FOUND.
   */
  'runs.files': { kind: 'query'; input: FilesInput; output: RunFile[] };
  /**
   * Answers the prompt of an attempt, of a running one too.
   * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, ATTEMPT_NOT_FOUND.
   */
  'runs.prompt': { kind: 'query'; input: PromptInput; output: RunPrompt };
  /** Answers a page of the runs of the caller, newest queued first. */
  'runs.list': { kind: 'query'; input: ListInput; output: RunPage };
  /** Answers what the server is, its models and its limits. */
  'server.info': { kind: 'query'; input: void; output: ServerInfo };
}

/** The name of a procedure. */
export type ProcedurePath = keyof ProcedureMap;

/** The kind of every procedure, at run time. */
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
  /** Go by `stagewire.code`; the rest is of tRPC. */
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
  /** The cursor of the event: give the last one as `lastEventId` to go on after it. */
  id: string;
  /** The event itself. */
  data: Event;
}

/** The router as the clients of tRPC want it: `createTRPCClient<ContractRouter>({ links })`. */
export type ContractRouter = TRPCBuiltRouter<Root, {
  runs: {
    /**
     * Queues a run. Idempotent with a `runId` made by the client. Answers when the run is durable.
     * Errors: RUN_ID_CONFLICT, DRAINING.
     */
    start: TRPCMutationProcedure<Definition<StartInput, StartReceipt>>;
    /**
     * Replays a run from its first event or after a cursor, continues live, and ends after the terminal event.
     * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, CURSOR_INVALID.
     */
    events: TRPCSubscriptionProcedure<Definition<EventsInput, AsyncIterable<Tracked<RunEvent>, void, unknown>>>;
    /**
     * Sends the events of every run of the caller, in the order of their commits, from now or after a cursor.
     * Ends only with the connection.
     * Errors: CURSOR_INVALID.
     */
    feed: TRPCSubscriptionProcedure<Definition<FeedInput, AsyncIterable<Tracked<FeedEvent>, void, unknown>>>;
    /**
     * Gives the model of a stage an instruction. Answers when the command is durable; its outcome comes as an
     * event.
     * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, COMMAND_ID_CONFLICT, RUN_ENDED, STAGE_MISMATCH,
     * ILLEGAL_TARGET, TOO_MANY_PENDING, DRAINING, EXECUTOR_UNREACHABLE, LIMIT_REACHED.
     */
    steer: TRPCMutationProcedure<Definition<SteerInput, Receipt>>;
    /**
     * Ends the current stage and goes to another role. Answers when the command is durable; its outcome comes as
     * an event.
     * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, COMMAND_ID_CONFLICT, RUN_ENDED, STAGE_MISMATCH,
     * ILLEGAL_TARGET, TOO_MANY_PENDING, DRAINING, EXECUTOR_UNREACHABLE.
     */
    redirect: TRPCMutationProcedure<Definition<RedirectInput, Receipt>>;
    /**
     * Ends the run, or its current stage with the text so far. Answers when the command is durable; its outcome
     * comes as an event.
     * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, COMMAND_ID_CONFLICT, RUN_ENDED, STAGE_MISMATCH,
     * ILLEGAL_TARGET, TOO_MANY_PENDING, DRAINING, EXECUTOR_UNREACHABLE.
     */
    cancel: TRPCMutationProcedure<Definition<CancelInput, Receipt>>;
    /**
     * Answers the state of a run as it is now.
     * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE.
     */
    get: TRPCQueryProcedure<Definition<RunInput, RunState>>;
    /**
     * Answers the files of a run with their texts, by their last change, oldest first: as they are now, or as
     * they were after an attempt.
     * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, ATTEMPT_NOT_FOUND.
     */
    files: TRPCQueryProcedure<Definition<FilesInput, RunFile[]>>;
    /**
     * Answers the prompt of an attempt, of a running one too.
     * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, ATTEMPT_NOT_FOUND.
     */
    prompt: TRPCQueryProcedure<Definition<PromptInput, RunPrompt>>;
    /** Answers a page of the runs of the caller, newest queued first. */
    list: TRPCQueryProcedure<Definition<ListInput, RunPage>>;
  };
  server: {
    /** Answers what the server is, its models and its limits. */
    info: TRPCQueryProcedure<Definition<void, ServerInfo>>;
  };
}>;
