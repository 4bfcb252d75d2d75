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

/** The hash of the contract; a peer with another hash of the same version is accepted. */
export const PROTOCOL_HASH = 'b946b67ecd8b7e0e73a6a197f9f008502e0c97ca0f91fea5b716f97edb227b60';

/** An access key, without its secret, which the server does not know. */
export type AccessKey = {
  /** The second part of the key. The `id` of its actor is `key:<id>`. */
  id: KeyId;
  /** A name for people; several keys can have the same one. It is the `name` of its actor. */
  name: string;
  /** Owner of the runs that it starts and can access. */
  owner: string;
  /**
   * Who uses it. It is the `kind` of its actor.
   * - `user`: a person
   * - `bot`: a program
   */
  kind: 'user' | 'bot';
  /** What it may do. `admin` includes all others. */
  permissions: Permission[];
  /** When it was created. */
  createdAt: Instant;
  /** When it expires. Absent: never. */
  expiresAt?: Instant | undefined;
  /** When it was revoked. Absent: it was not. */
  revokedAt?: Instant | undefined;
};

/** The principal that made a call. */
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

/**
 * An amount of money: a decimal number in its shortest form, at most 12 decimals, for example `0.01234`. Exact,
 * not rounded. Add amounts as decimals or integers; floating-point numbers lose digits.
 */
export type Amount = string;

/** A file that the text of the attempt writes. */
export type ArtifactRecorded = {
  /** Type of the event. */
  type: 'artifact.recorded';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** Path of the file: relative and clean, with forward slashes. */
  path: string;
  /**
   * Language of the content: from the block, otherwise from the extension of the path; `text` if neither gives
   * one.
   */
  language: string;
  /** The content: the concatenation of these pieces of the text of the attempt, in this order. */
  parts: TextPart[];
  /** Present if the content has a placeholder for omitted text that no repair filled in. Absent otherwise. */
  elided?: true | undefined;
};

/** A file that the text of the attempt removes from the files of the run. */
export type ArtifactRemoved = {
  /** Type of the event. */
  type: 'artifact.removed';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** Path of the file: relative and clean, with forward slashes. */
  path: string;
  /**
   * Where the block that requests the removal begins in the text of the attempt, in UTF-16 code units, opening
   * line included.
   */
  offset: number;
  /** Length of that block in UTF-16 code units, opening and closing lines included. */
  chars: number;
};

/** A code block that did not become a file. At most 100 per text. */
export type ArtifactSkipped = {
  /** Type of the event. */
  type: 'artifact.skipped';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** Why it did not become a file. */
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
 * - `review`: changes were requested, or a reviewed file has changed
 * - `steer`: a steer of mode `restart` or `continue`, or one that ended a backoff
 * - `redirect`: a redirect
 * - `retry`: the previous attempt failed
 * - `repair`: the previous answer was complete but not usable
 * - `resume`: recovery after a crash, a take-over or a log failure, also if the prompt has steers
 * - `continue`: the previous text was cut off at the output limit
 * - `fork`: the run was started from this attempt of another run: its text is kept
 */
export type AttemptCause = 'plan' | 'review' | 'steer' | 'redirect' | 'retry' | 'repair' | 'resume' | 'continue' | 'fork';

/** One execution of a stage, with one call of a model. */
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
  /** Text so far, kept text included. It may end in the middle of a surrogate pair. */
  text: string;
  /** Reasoning so far. Empty if the model sends none. */
  reasoning: string;
  /** Length of the text that it keeps from the previous attempt, in UTF-16 code units; 0 if it keeps none. */
  keptChars: number;
  /** Commands whose text is in the prompt, in the order of acceptance. */
  commandIds: CommandId[];
  /** When it was started. */
  startedAt: Instant;
  /** When it ended. Absent while it is open. */
  endedAt?: Instant | undefined;
  /** Tokens of the attempt. `null` while it is open. */
  usage: Usage | null;
  /** Cost of the attempt. Absent while it is open, and if the server has no price for its model. */
  cost?: Cost | undefined;
  /**
   * Milliseconds from the request to the first delta of either type. Present if the attempt completed, absent
   * otherwise.
   */
  ttftMs?: number | undefined;
  /** Milliseconds from the request to the end of the attempt. Present if it completed, absent otherwise. */
  durationMs?: number | undefined;
  /** Why the attempt failed. Present if it failed, absent otherwise. */
  failure?: Failure | undefined;
  /**
   * Milliseconds from the end of the attempt to the next one. Present if it failed and another attempt follows,
   * absent otherwise.
   */
  retryInMs?: number | undefined;
  /** Code blocks of its text that did not become files, at most 100. They are known at the end of the attempt. */
  skipped: SkippedBlock[];
  /**
   * Present if the attempt was copied from another run: the `stage.started` that it was copied from. Its usage is
   * not counted in that of the run. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
};

/** An attempt of a run with its role: the target of a command. */
export type AttemptTarget = {
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
};

/** Something that an actor did. It contains no text of a run or a command, and nothing of a secret. */
export type AuditEntry = {
  /** When it happened. */
  at: Instant;
  /**
   * What it is about.
   * - `run`: it is in the log of the run, or of its deletion
   * - `access`: a call of an administrator for runs of another owner, whether or not it had an effect
   * - `key`: a change of an access key
   * - `session`: a browser has signed in or out
   */
  kind: 'run' | 'access' | 'key' | 'session';
  /**
   * Who did it: the id, and the name if the credential has one. An id `command:…` is a user of the machine that
   * wrote the data directory or the database directly.
   */
  actor: {
    /** The id of the actor, as in events. */
    id: string;
    /** Its name. Absent if the credential has none. */
    name?: string | undefined;
  };
  /** Of the run, the access key or the session. `*`: of all owners. */
  owner: string;
  /** What was done: the path of a procedure, a route of HTTP, or `session.create` and `session.end`. */
  procedure: string;
  /** The run. Absent if it is not about one. */
  runId?: string | undefined;
  /** The id of the command, of the link or of the access key. Absent if there is none. */
  subject?: string | undefined;
  /** How many equal ones within a quarter of a second this is. */
  times: number;
  /**
   * The node that recorded it, or `command`. Absent for the log of runs, and on a server with an embedded log.
   */
  node?: string | undefined;
};

/** Input of `audit.list`: which of the records are returned. */
export type AuditInput = {
  /** Only what happened at this instant or later. */
  since: Instant;
  /** Only what this actor did: its id, or its name. Default: all. */
  actor?: string | undefined;
  /** Only what belongs to this owner. Default: all owners. */
  owner?: Owner | undefined;
  /** Only what was done with this run. Default: everything. */
  runId?: RunId | undefined;
  /**
   * Maximum number of items.
   * @default 100
   */
  limit?: number | undefined;
  /** `next` of the previous page; any other text is INVALID_INPUT. Default: from `since`. */
  after?: string | undefined;
};

/**
 * One page of audit records, oldest first. A page looks at a limited part of the log: it may have no items
 * although there is a next page.
 */
export type AuditPage = {
  /** The records, in the order of time. */
  items: AuditEntry[];
  /** How many events and records the server has looked at for this page. */
  scanned: number;
  /** Send it as `after` to get the next page. Absent on the last page. */
  next?: string | undefined;
};

/**
 * A way to authenticate.
 * - `keys`: a key of the server, as a bearer token
 * - `jwt`: a token of an OpenID Connect provider, as a bearer token
 * - `proxy`: headers that a trusted proxy sets
 */
export type AuthMethod = 'keys' | 'jwt' | 'proxy';

/** Input of `runs.cancel`: ends the run, or its current stage with the text so far. */
export type CancelInput =
  | {
    /** The run that the call or the event belongs to. */
    runId: RunId;
    /** Id of the command: its idempotency key within the run. */
    commandId: CommandId;
    /**
     * What the command ends: the `run`, or its current `stage`. `stage` is ILLEGAL_TARGET while the run is queued.
     */
    target: 'run';
    /**
     * Precondition, checked when the command arrives. If it does not match, the command is rejected with
     * STAGE_MISMATCH. Required with `target: 'stage'`. Default: `'any'`.
     */
    expect?: Expect | undefined;
    /** A note that is stored with the command: up to 2000 chars. Default: none. */
    reason?: string | undefined;
  }
  | {
    /** The run that the call or the event belongs to. */
    runId: RunId;
    /** Id of the command: its idempotency key within the run. */
    commandId: CommandId;
    /**
     * What the command ends: the `run`, or its current `stage`. `stage` is ILLEGAL_TARGET while the run is queued.
     */
    target: 'stage';
    /**
     * Precondition, checked when the command arrives. If it does not match, the command is rejected with
     * STAGE_MISMATCH. Required with `target: 'stage'`. Default: `'any'`.
     */
    expect: Expect;
    /** A note that is stored with the command: up to 2000 chars. Default: none. */
    reason?: string | undefined;
  };

/** A command as it is stored: its whole validated input with defaults filled in, and its `kind`. */
export type Command =
  | {
    /** The run that the call or the event belongs to. */
    runId: RunId;
    /** Id of the command: its idempotency key within the run. */
    commandId: CommandId;
    /** The instruction: 1 to 20000 chars, trimmed. Absent in a redirect without one. */
    text: string;
    /**
     * Effect on the open model call.
     * - `restart`: it is aborted; the next attempt of the stage has the instruction in its prompt
     * - `continue`: it is aborted; the next attempt continues where the text stopped. ILLEGAL_TARGET in a stage of
     *   format `json`
     * - `next`: nothing is aborted; the instruction enters the prompt of the next stage
     * @default "restart"
     */
    mode: 'restart' | 'continue' | 'next';
    /**
     * Precondition, checked when the command arrives; the server does not wait until it is met. If it does not
     * match, the command is rejected with STAGE_MISMATCH.
     */
    expect: Expect;
    /**
     * Stages whose prompts have the instruction.
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
    /** Kind of the command. */
    kind: 'steer';
  }
  | {
    /** The run that the call or the event belongs to. */
    runId: RunId;
    /** Id of the command: its idempotency key within the run. */
    commandId: CommandId;
    /** The role that the run continues with, selected for the run or not. An unknown role is ILLEGAL_TARGET. */
    to: Role;
    /** The instruction: 1 to 20000 chars, trimmed. Absent in a redirect without one. */
    text?: string | undefined;
    /**
     * Precondition, checked when the command arrives; the server does not wait until it is met. If it does not
     * match, the command is rejected with STAGE_MISMATCH.
     */
    expect: Expect;
    /** Kind of the command. */
    kind: 'redirect';
  }
  | {
    /** The run that the call or the event belongs to. */
    runId: RunId;
    /** Id of the command: its idempotency key within the run. */
    commandId: CommandId;
    /**
     * What the command ends: the `run`, or its current `stage`. `stage` is ILLEGAL_TARGET while the run is queued.
     */
    target: 'run';
    /**
     * Precondition, checked when the command arrives; the server does not wait until it is met. If it does not
     * match, the command is rejected with STAGE_MISMATCH.
     */
    expect?: Expect | undefined;
    /** A note that is stored with the command: up to 2000 chars. Default: none. */
    reason?: string | undefined;
    /** Kind of the command. */
    kind: 'cancel';
  }
  | {
    /** The run that the call or the event belongs to. */
    runId: RunId;
    /** Id of the command: its idempotency key within the run. */
    commandId: CommandId;
    /**
     * What the command ends: the `run`, or its current `stage`. `stage` is ILLEGAL_TARGET while the run is queued.
     */
    target: 'stage';
    /**
     * Precondition, checked when the command arrives; the server does not wait until it is met. If it does not
     * match, the command is rejected with STAGE_MISMATCH.
     */
    expect: Expect;
    /** A note that is stored with the command: up to 2000 chars. Default: none. */
    reason?: string | undefined;
    /** Kind of the command. */
    kind: 'cancel';
  };

/** A command is accepted and durable. Exactly one `command.applied` or `command.dropped` follows. */
export type CommandAccepted = {
  /** Type of the event. */
  type: 'command.accepted';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Id of the command: its idempotency key within the run. */
  commandId: CommandId;
  /** The principal that sent the command. */
  actor: Actor;
  /** The whole validated input, with defaults filled in. */
  command: Command;
  /** The attempt that the command was accepted for; in backoff the failed one. `null` while the run is queued. */
  target: AttemptTarget | null;
};

/** A command was applied. It does not mean that the model obeyed. */
export type CommandApplied = {
  /** Type of the event. */
  type: 'command.applied';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Id of the command: its idempotency key within the run. */
  commandId: CommandId;
  /**
   * For a steer, the stage whose prompt has it; otherwise the stage that the command ended. `null` if the run was
   * queued.
   */
  stage: number | null;
  /**
   * For a steer, the attempt whose prompt has it; otherwise the attempt that the command ended, in backoff the
   * failed one. `null` if the run was queued.
   */
  attempt: number | null;
};

/** A command was dropped: it will never be applied. */
export type CommandDropped = {
  /** Type of the event. */
  type: 'command.dropped';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Id of the command: its idempotency key within the run. */
  commandId: CommandId;
  /** Why it was dropped. */
  reason: DropReason;
  /** The unused text of the command. Absent if it has none. */
  text?: string | undefined;
};

/**
 * Idempotency key of a command within its run: a UUID that the client generates. The same id with the same body
 * returns the stored receipt; the command is applied only once.
 */
export type CommandId = string;

/** A command of a run and its outcome. */
export type CommandState = {
  /** Id of the command: its idempotency key within the run. */
  commandId: CommandId;
  /**
   * Kind of the command.
   * - `steer`: give the model an instruction
   * - `redirect`: continue with another role
   * - `cancel`: end a stage or the run
   */
  kind: 'steer' | 'redirect' | 'cancel';
  /** The principal that sent the command. */
  actor: Actor;
  /**
   * Outcome, or `accepted` while it is pending.
   * - `accepted`: durable and pending
   * - `applied`: in the prompt of an attempt (steer), or executed (redirect, cancel)
   * - `dropped`: it will never be applied
   */
  status: 'accepted' | 'applied' | 'dropped';
  /** Why it was dropped. Absent otherwise. */
  reason?: DropReason | undefined;
  /** When it was accepted. */
  at: Instant;
  /** The whole validated input, with defaults filled in. */
  command: Command;
  /** The attempt that the command was accepted for; in backoff the failed one. `null` if the run was queued. */
  target: AttemptTarget | null;
  /** Cursor of its `command.accepted`, as in its receipt. */
  cursor: Cursor;
  /** Where the command was applied. Absent before. */
  appliedTo?: {
    /**
     * For a steer, the stage whose prompt has it; otherwise the stage that the command ended. `null` if the run
     * was queued.
     */
    stage: number | null;
    /**
     * For a steer, the attempt whose prompt has it; otherwise the attempt that the command ended. `null` if the
     * run was queued.
     */
    attempt: number | null;
  } | undefined;
};

/** Cost of one attempt, computed when it ended from its tokens and the price list of the server. */
export type Cost = {
  /** Tokens of each kind times their price. Exact. */
  amount: Amount;
  /** Its currency: that of the price list. */
  currency: Currency;
  /** Date of the price list. */
  pricesOf: PriceDate;
  /**
   * Present if the amount is an estimate: `usage.source` is not `final`, or tokens were written to a cache and
   * the price list has no price for that. Absent otherwise.
   */
  estimated?: true | undefined;
};

/**
 * Input of `keys.create`. The client generates the key: `swk_<id>_<secret>`, with 64 random bits for the id and
 * 256 for the secret, in lower-case hexadecimal.
 */
export type CreateKeyInput = {
  /** The second part of the key. */
  id: KeyId;
  /** SHA-256 of the whole key, in hexadecimal. */
  hash: KeyHash;
  /** A name for people, 1 to 100 chars. */
  name: string;
  /** Owner of the runs that it starts and can access, 1 to 100 chars. Default: `name`. */
  owner?: string | undefined;
  /**
   * Who uses it.
   * - `user`: a person
   * - `bot`: a program
   * @default "user"
   */
  kind?: 'user' | 'bot' | undefined;
  /** What it may do. Default: all except `admin`. */
  permissions?: Permission[] | undefined;
  /** When it expires. Default: never. */
  expiresAt?: Instant | undefined;
};

/** Currency as a code of three capital letters (ISO 4217), for example `USD`. */
export type Currency = string;

/**
 * Position of a subscriber in one run or in the feed. Opaque, at most about 50 chars. Store it and send it back
 * as `lastEventId`; do not parse or compare it.
 */
export type Cursor = string;

/**
 * Confirms that a run is deleted: no call returns any of its data from now on. The same for every call of its
 * owner.
 */
export type DeleteReceipt = {
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** When it was deleted, by the first call. */
  deletedAt: Instant;
  /** The principal that deleted it. */
  actor: Actor;
};

/**
 * Why an accepted command was dropped.
 * - `run_cancelled`: the run was cancelled
 * - `run_completed`: the run completed before the command could be applied
 * - `run_failed`: the run failed
 * - `superseded`: a later redirect or cancel of the stage replaced it
 */
export type DropReason = 'run_cancelled' | 'run_completed' | 'run_failed' | 'superseded';

/**
 * How much a model reasons before it answers. A model without support for it is called without it.
 * - `low`: little
 * - `medium`: a medium amount
 * - `high`: much
 */
export type Effort = 'low' | 'medium' | 'high';

/** Input of `runs.events`. */
export type EventsInput = {
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /**
   * The cursor that was received last: the subscription resumes after it. `null` or absent: from the beginning. A
   * cursor outside the input (`lastEventId` of a WebSocket call, the header `Last-Event-ID`) takes precedence.
   */
  lastEventId?: string | null | undefined;
  /** Events to send. Default: all. */
  include?: {
    /**
     * Whether `stage.reasoning` is sent. Where it is omitted, the next event has `firstSeq`.
     * @default true
     */
    reasoning?: boolean | undefined;
  } | undefined;
};

/**
 * Precondition of a command: `'any'`, no condition; `{stage, attempt?}`, this stage, and this attempt if given,
 * is current; `{role}`, the current stage has this role. While the run is queued only `'any'` matches; in backoff
 * the failed attempt matches.
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

/** Input of `traces.export`: from when on runs are exported. */
export type ExportTracesInput = {
  /** Only runs that were queued at this instant or later, of all owners. */
  since: Instant;
  /** `next` of the previous page; any other text is INVALID_INPUT. Default: the newest runs. */
  before?: string | undefined;
};

/** What was exported of one page of runs. */
export type ExportedTraces = {
  /** Number of runs. */
  runs: number;
  /** Number of spans that the receiver has accepted: those that have ended. */
  spans: number;
  /** Send it as `before` to export the next page. Absent on the last page. */
  next?: string | undefined;
};

/** A failure of an attempt or a run, as part of an event. */
export type Failure = {
  /**
   * Failure code.
   * - `PROVIDER_UNAVAILABLE`: the provider could not be reached, was overloaded, or failed
   * - `PROVIDER_REFUSED`: the provider or its model rejected the request
   * - `PROVIDER_AUTH`: the provider rejected the API key
   * - `PROVIDER_TRUNCATED`: the stream of the provider ended before the answer was complete
   * - `PROVIDER_STALLED`: the provider sent nothing for too long
   * - `CONTEXT_TOO_LONG`: the prompt exceeds the context window of the model
   * - `OUTPUT_INVALID`: the output of the model is empty or not usable
   * - `LIMIT_REACHED`: a limit of the run is reached
   * - `INTERNAL`: an internal error of the server
   */
  code: 'PROVIDER_UNAVAILABLE' | 'PROVIDER_REFUSED' | 'PROVIDER_AUTH' | 'PROVIDER_TRUNCATED' | 'PROVIDER_STALLED' | 'CONTEXT_TOO_LONG' | 'OUTPUT_INVALID' | 'LIMIT_REACHED' | 'INTERNAL';
  /**
   * A sentence for people, without keys. For a failure of a provider it names the address that was called and, if
   * known, the likely fix.
   */
  message: string;
  /** Whether the same request may succeed later. If `stage.failed` has `retryInMs`, the server retries it. */
  retryable: boolean;
  /** A more specific reason. Absent if there is none. */
  reason?: FailureReason | undefined;
  /** The budget that was reached. Only with LIMIT_REACHED, and only if it was a budget. */
  details?: ReachedLimit | undefined;
};

/**
 * Reason of a failure, more specific than `Failure.code`. Open: a later version may add values.
 * - `output_limit`: all output tokens were used for reasoning
 * - `tool_call`: the model called a tool, but the server offers none
 * - `empty`: the model wrote nothing
 * - `thought_unfinished`: the model opened a thought and did not close it
 * - `no_file`: the answer of a `code` stage has no file
 * - `file_open`: the answer leaves a file block open
 * - `file_elided`: the answer omits parts of a file
 * - `review_unreadable`: the review cannot be read
 * - `review_without_issues`: the review requests changes without naming an issue
 * - `rate_limit`: too many requests or tokens per minute; the request is retried later
 * - `quota`: the account is exhausted, its daily limit is reached, or this request alone exceeds its limit per
 *   minute
 * - `wait_too_long`: the provider requests a longer wait than `retryAfterCapMs`
 * - `wrong_address`: the server at the address does not have this API
 * - `model_unknown`: the provider has no such model
 */
export type FailureReason = 'output_limit' | 'tool_call' | 'empty' | 'thought_unfinished' | 'no_file' | 'file_open' | 'file_elided' | 'review_unreadable' | 'review_without_issues' | 'rate_limit' | 'quota' | 'wait_too_long' | 'wrong_address' | 'model_unknown';

/**
 * An event of `runs.feed`: all durable events except `input.recorded` and deltas; `stage.delta` on request; and
 * `run.deleted`. The `seq` of a run has gaps here.
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
  | RunShared
  | RunUnshared
  | RunCompleted
  | RunFailed
  | RunCancelled
  | RunDeleted
  | FeedOpened;

/** Input of `runs.feed`. */
export type FeedInput = {
  /**
   * The cursor of the feed that was received last: the subscription resumes after it. `null` or absent: it starts
   * at the current position, with `feed.opened`.
   */
  lastEventId?: string | null | undefined;
  /**
   * Only runs of this owner: one of `you.owners`, or any with the permission `admin`; another one is FORBIDDEN.
   * Default: the runs of all of `you.owners`.
   */
  owner?: Owner | undefined;
  /** Only runs that have all of these labels with these values. Default: all runs. */
  labels?: Labels | undefined;
  /** Events to send in addition to the default ones. Default: none. */
  include?: {
    /**
     * Whether `stage.delta` is sent, coalesced per run over up to `feedTextWindowMs`. After a resume some text
     * may be sent again: ignore it by `seq`.
     * @default false
     */
    text?: boolean | undefined;
  } | undefined;
};

/**
 * Transient: the first event of a feed that was opened without a cursor. It gives the position where the feed
 * begins.
 */
export type FeedOpened = {
  /** Type of the event. */
  type: 'feed.opened';
  /** Time of the server. */
  at: Instant;
  /** Cursor of that position: the feed after it has all later events. */
  cursor: Cursor;
};

/** The files that one attempt wrote or removed, and context files. */
export type FileChanges = {
  /** The stage of the attempt. Absent for the context files of the start. */
  stage?: number | undefined;
  /**
   * The attempt at whose end the changes were made. A context file that a follow-up adds comes after this end.
   * Absent for the context files of the start.
   */
  attempt?: number | undefined;
  /** The changes, in order. */
  files: Array<{
    /** Path of the file: relative and clean, with forward slashes. */
    path: string;
    /** The new version of the file. `null`: it was removed. */
    file: FileState | null;
  }>;
};

/**
 * Whether a file is a context file or was written by a role.
 * - `input`: a context file from the input of the start
 * - `stage`: written by a role
 */
export type FileOrigin = 'input' | 'stage';

/** A file of the run, as pieces of the text that wrote it. `runs.files` has the content itself. */
export type FileState = {
  /** Path of the file: relative and clean, with forward slashes. */
  path: string;
  /**
   * Language of the content: from the block, otherwise from the extension of the path; `text` if neither gives
   * one.
   */
  language: string;
  /** Whether it is a context file or was written by a role. */
  from: FileOrigin;
  /** The stage that wrote it. Absent for a context file. */
  stage?: number | undefined;
  /** The attempt that wrote it. Absent for a context file. */
  attempt?: number | undefined;
  /**
   * The content: the concatenation of these pieces of the text, in this order. For a context file the single
   * piece is the whole file.
   */
  parts: TextPart[];
  /** Present if the content has a placeholder for omitted text that no repair filled in. Absent otherwise. */
  elided?: true | undefined;
};

/** Input of `runs.files`. */
export type FilesInput = {
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Only the file of this path; the list is empty if the run has none. Default: all files. */
  path?: string | undefined;
  /** The files as they were when this attempt had ended. Default: the current files. */
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
 * - `length`: the model reached its output limit: the text is cut off
 * - `other`: the provider named no reason or another one
 */
export type FinishReason = 'stop' | 'length' | 'other';

/**
 * Format of the text of a stage; it depends on the role.
 * - `markdown`: prose (architect, documenter)
 * - `code`: prose with files in code blocks (coder, refiner, tester)
 * - `json`: a review as one JSON object (reviewer)
 */
export type Format = 'markdown' | 'code' | 'json';

/** Who a caller is, and what it may do. */
export type Identity = {
  /** Its identity in events. */
  actor: Actor;
  /** Owner of the runs that it starts, if a start names none. */
  owner: string;
  /** The owners whose runs it can access, `owner` first. */
  owners: string[];
  /** What it may do. `admin` includes all others. */
  permissions: Permission[];
  /** The link to a run with which it was authenticated: it can access this run only. Absent: none. */
  link?: {
    /** The only run that it can access. */
    runId: RunId;
    /** Id of the link, as in `run.shared`. */
    shareId: ShareId;
    /** What the link permits. */
    may: LinkAccess;
  } | undefined;
  /** `true`: it signed in to a session of the console, and can sign out. */
  session: boolean;
  /** When its credential expires. Absent: never. */
  expiresAt?: Instant | undefined;
};

/** Where an event, copied from another run, was first logged. */
export type InheritedFrom = {
  /** The run in which it occurred. */
  runId: RunId;
  /** Its `seq` there; of a copy of several deltas, that of the last one. */
  seq: number;
  /** Its time there. */
  at: Instant;
};

/** A context file. Its path is a name for the model: the server never accesses it on disk. */
export type InputFile = {
  /**
   * Relative and clean, with forward slashes: no empty part, `.`, `..`, drive letter or invisible character. 1 to
   * 512 chars, unique among the files of the run.
   */
  path: string;
  /** The content: up to 200000 chars; all files of a run together up to 1000000, otherwise TOO_LARGE. */
  text: string;
};

/** One context file. Follows `run.queued` in the same append. */
export type InputRecorded = {
  /** Type of the event. */
  type: 'input.recorded';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Path of the file: relative and clean, with forward slashes. */
  path: string;
  /** The content of the file. */
  text: string;
};

/** ISO 8601, UTC, with milliseconds: `2026-11-22T10:15:30.250Z`. */
export type Instant = string;

/** `all`, or the name of a role → text appended to the prompts of that role. */
export type Instructions = ByRole<'all', string>;

/** SHA-256 of an access key, in hexadecimal. */
export type KeyHash = string;

/** Identifies an access key. It is random and not secret. */
export type KeyId = string;

/** Input of `keys.revoke`. */
export type KeyInput = {
  /** The second part of the key. */
  id: KeyId;
};

/** Key → value, to filter runs by: keys of 1 to 64 chars, values of up to 256. At most 32 per run. */
export type Labels = Record<string, string>;

/**
 * What is limited. Open: ignore unknown ones.
 * - `connections`: open connections to this node
 * - `subscriptions`: open subscriptions at this node
 * - `commandsPerMinute`: commands, deletions and administrative calls at this node
 * - `startsPerMinute`: new runs
 * - `runningRuns`: runs that execute at the same time; others wait in the queue
 * - `queuedRuns`: runs that wait in the queue
 * - `tokensPerDay`: input and output of the attempts that ended since 00:00 UTC
 * - `costPerDay`: the cost of these attempts, in the currency of the price list
 */
export type LimitName = 'connections' | 'subscriptions' | 'commandsPerMinute' | 'startsPerMinute' | 'runningRuns' | 'queuedRuns' | 'tokensPerDay' | 'costPerDay';

/** The run that a run was started from, and where. */
export type Lineage = {
  /** The run that it was started from. It may have been removed since. */
  runId: RunId;
  /**
   * The first stage that was not inherited. Absent: all stages of a completed run were inherited, and the task is
   * its follow-up.
   */
  stage?: number | undefined;
  /** The attempt of `stage` whose text was kept. Absent if none was. */
  attempt?: number | undefined;
  /**
   * The earlier tasks that the inherited stages had, oldest first, if they differ from the task of the run: the
   * latest ones, at most 20, with up to 100000 chars together.
   */
  tasks: string[];
};

/**
 * What the bearer of a link to a run may do.
 * - `read`: read the run: its events, state and files
 * - `control`: read the run, and steer, redirect and cancel it
 */
export type LinkAccess = 'read' | 'control';

/** Input of `runs.list`. */
export type ListInput = {
  /**
   * Only runs of this owner: one of `you.owners`, or any with the permission `admin`; another one is FORBIDDEN.
   * Default: the runs of all of `you.owners`.
   */
  owner?: Owner | undefined;
  /** Only runs with one of these statuses; at least one status. Default: all. */
  status?: SummaryStatus[] | undefined;
  /** Only runs that have all of these labels with these values. Default: all. */
  labels?: Labels | undefined;
  /**
   * Runs per page: 1 to 200.
   * @default 50
   */
  limit?: number | undefined;
  /**
   * `next` of the previous page, with the same `owner`, `status`, `labels` and `search`; any other text is
   * INVALID_INPUT. Default: the newest runs.
   */
  before?: string | undefined;
  /**
   * Only runs that have every word of this text, in any case: in the first 200 chars of the task, in the value of
   * a label, or as the beginning of the run id. White space separates words, and is removed at both ends.
   * Default: all runs.
   */
  search?: string | undefined;
};

/** A model that a run can name. */
export type ListedModel = {
  /** Its reference, as a value of `models` in `runs.start`. */
  model: ModelRef;
  /**
   * The context window of the model, in tokens of prompt and answer together. Absent: the provider does not
   * report it.
   */
  contextTokens?: number | undefined;
  /** The longest answer of the model, in tokens. Absent: the provider does not report it. */
  outputTokens?: number | undefined;
};

/** The models that runs can name, by provider. */
export type ModelList = {
  /** The configured providers; Ollama, which needs no key, always; the rehearsal last. */
  providers: ProviderModels[];
};

/**
 * A model: `<provider>/<model>` with provider `anthropic`, `openai`, `openrouter`, `ollama` or `compatible`; or
 * `rehearsal`, the built-in simulated model, with an optional shape: `rehearsal/ttft=300,tps=50,seed=7`. At most
 * 300 chars.
 */
export type ModelRef = string;

/** `default`, or the name of a role → model. */
export type Models = ByRole<'default', ModelRef>;

/** Names the owner of runs, such as a person or a team: 1 to 256 chars without control characters. */
export type Owner = string;

/**
 * What a caller may do.
 * - `runs:read`: read and follow runs
 * - `runs:start`: start runs
 * - `runs:control`: steer, redirect and cancel runs
 * - `runs:delete`: delete runs that have ended
 * - `metrics:read`: read metrics and details of the health of the server
 * - `admin`: everything, also with the runs of every owner
 */
export type Permission = 'runs:read' | 'runs:start' | 'runs:control' | 'runs:delete' | 'metrics:read' | 'admin';

/** The roles of a run. */
export type Pipeline = {
  /** The selected roles. Their order has no meaning: the pipeline has a fixed order. */
  roles: Role[];
  /** Refinements in one pass of the pipeline: 0 to 5. */
  maxRefinements: number;
};

/** A date without a time: `2026-11-22`. */
export type PriceDate = string;

/** Input of `runs.prompt`: identifies an attempt. */
export type PromptInput = {
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
};

/** The models of one provider. */
export type ProviderModels = {
  /** Name of the provider in a `ModelRef`, for example `anthropic`. */
  provider: string;
  /** Display name of the provider. */
  label: string;
  /**
   * The models that the key of the server can use, in the order of the provider; those whose names suggest that
   * they do not generate text are last. Empty after a failure.
   */
  models: ListedModel[];
  /**
   * How many further models of the provider are left out: above the limit `maxModelsPerProvider`, or with a name
   * that is not a valid `ModelRef`.
   */
  omitted: number;
  /** When the provider answered, or the request failed. */
  listedAt: Instant;
  /** Why the models could not be listed. Absent: they are listed. */
  failure?: Failure | undefined;
};

/** A limit of an owner, and how much of it is used. */
export type Quota = {
  /** What is limited. */
  limit: LimitName;
  /** The limit: a number; of `costPerDay` an amount. */
  max: number | Amount;
  /** How much of it is used, up to a second old. Absent if this node does not know it. */
  used?: number | Amount | undefined;
  /** When `used` becomes 0 again. Absent unless it is counted by the day. */
  resetAt?: Instant | undefined;
};

/** A budget of a run that was reached, in two forms by `limit`. */
export type ReachedLimit =
  | {
    /** Which limit of the run: `maxTokens` or `maxCost`. */
    limit: 'maxTokens';
    /**
     * What the run has used, by the count of the server: it may be less than `max` if a call was not made because
     * its input alone would exceed what is left.
     */
    used: number;
    /** The value of the limit. */
    max: number;
  }
  | {
    /** Which limit of the run: `maxTokens` or `maxCost`. */
    limit: 'maxCost';
    /**
     * What the run has used, by the count of the server: it may be less than `max` if a call was not made because
     * its input alone would exceed what is left.
     */
    used: Amount;
    /** The value of the limit. */
    max: Amount;
    /** Currency of `used` and `max`. Only with `maxCost`. */
    currency: Currency;
  };

/**
 * Receipt of a command: it is accepted and durable. Its outcome follows as `command.applied` or
 * `command.dropped`.
 */
export type Receipt = {
  /** Id of the command: its idempotency key within the run. */
  commandId: CommandId;
  /** Cursor of its `command.accepted`. `runs.events` after this cursor sends the outcome. */
  cursor: Cursor;
  /** The attempt that the command was accepted for; in backoff the failed one. `null` while the run is queued. */
  target: AttemptTarget | null;
};

/** Input of `runs.redirect`: ends the current stage and continues with another role. */
export type RedirectInput = {
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Id of the command: its idempotency key within the run. */
  commandId: CommandId;
  /** The role that the run continues with, selected for the run or not. An unknown role is ILLEGAL_TARGET. */
  to: Role;
  /** Instruction for that role and all later ones: 1 to 20000 chars, trimmed. Default: none. */
  text?: string | undefined;
  /**
   * Precondition, checked when the command arrives; the server does not wait until it is met. If it does not
   * match, the command is rejected with STAGE_MISMATCH.
   */
  expect: Expect;
};

/** Input of `session.refresh`. */
export type RefreshInput = {
  /** A credential, as in `Authorization: Bearer`. */
  token: string;
};

/** One finding of a reviewer. */
export type ReviewIssue = {
  /**
   * Severity. An unknown severity in the review counts as `major`.
   * - `blocker`: must be changed; the review is not an approval
   * - `major`: should be changed; the review is not an approval
   * - `minor`: small; the reviewer decides the verdict
   * - `nit`: a matter of taste; the reviewer decides the verdict
   */
  severity: 'blocker' | 'major' | 'minor' | 'nit';
  /** Description of the issue. */
  message: string;
  /** Path of the file, as the reviewer wrote it, without a line number. Absent if the issue names none. */
  file?: string | undefined;
  /** Line in that file, from 1. Absent if the issue names none. */
  line?: number | undefined;
  /** What the reviewer proposes. Absent if it proposes nothing. */
  suggestion?: string | undefined;
};

/** An issue, emitted as soon as the reviewer has written it. `review.recorded` has the final list. */
export type ReviewNoted = {
  /** Type of the event. */
  type: 'review.noted';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** The finding of the reviewer. */
  issue: ReviewIssue;
};

/** The final review. */
export type ReviewRecorded = {
  /** Type of the event. */
  type: 'review.recorded';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
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
   * At most 10 sentences about parts of the review that could not be read, were omitted, or have a wrong form but
   * were read. Absent if there are none.
   */
  problems?: string[] | undefined;
};

/** The review of one attempt of a reviewer. */
export type ReviewState = {
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /**
   * Verdict of the review. `null` while the reviewer writes, and if the attempt ended without a
   * `review.recorded`.
   */
  verdict: Verdict | null;
  /** The issues noted so far, or those of `review.recorded`. */
  issues: ReviewIssue[];
  /**
   * At most 10 sentences about parts of the review that could not be read, were omitted, or have a wrong form but
   * were read. Absent if there are none.
   */
  problems?: string[] | undefined;
};

/** Name of a role, for example `coder`: 1 to 32 chars, lower case. `server.info` lists the roles of a server. */
export type Role =
  | 'architect'
  | 'coder'
  | 'reviewer'
  | 'refiner'
  | 'tester'
  | 'documenter'
  | (string & {});

/**
 * How the model of a role is called. For absent fields the server uses its configuration for the role or the
 * provider, otherwise the default of the provider.
 */
export type RoleSettings = {
  /** How much the model reasons before it answers. */
  effort?: Effort | undefined;
  /** Tokens that an answer may have, reasoning included: 1 to 10000000. */
  maxOutputTokens?: number | undefined;
};

/** Terminal: the run was cancelled. */
export type RunCancelled = {
  /** Type of the event. */
  type: 'run.cancelled';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Cost of the run. Absent if no attempt has a cost. */
  cost?: TotalCost | undefined;
  /** Id of the command: its idempotency key within the run. */
  commandId: CommandId;
  /** The principal that cancelled the run. */
  actor: Actor;
  /** The reason of the cancel. Absent if it has none. */
  reason?: string | undefined;
};

/** Terminal: the last stage has ended. */
export type RunCompleted = {
  /** Type of the event. */
  type: 'run.completed';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Cost of the run. Absent if no attempt has a cost. */
  cost?: TotalCost | undefined;
  /** Verdict of the last review; `none` if no review covers the final files. */
  verdict: RunVerdict;
  /** Total tokens of all attempts of the run. */
  usage: Usage;
  /** Milliseconds from `run.started` to the end of the run. */
  durationMs: number;
};

/**
 * A run was deleted by `runs.delete`. It is sent whatever labels the feed selects, since the labels of the run
 * are deleted too. No event of the run follows.
 */
export type RunDeleted = {
  /** Type of the event. */
  type: 'run.deleted';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** One more than the `seq` of the last event of the run; 1 if its log was unreadable. */
  seq: number;
  /** Not set. */
  firstSeq?: number | undefined;
  /** When it was deleted. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** The principal that deleted it. */
  actor: Actor;
};

/** An event of `runs.events`. Open: skip unknown types, but advance past their `seq`. */
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
  | RunShared
  | RunUnshared
  | RunCompleted
  | RunFailed
  | RunCancelled
  | RunWaiting
  | StageWaiting;

/** Terminal: the run has failed. */
export type RunFailed = {
  /** Type of the event. */
  type: 'run.failed';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Cost of the run. Absent if no attempt has a cost. */
  cost?: TotalCost | undefined;
  /** Why the attempt or the run failed. */
  failure: Failure;
  /** The stage in which the run failed. `null` before the first. */
  stage: number | null;
};

/** A file of a run with its text. */
export type RunFile = {
  /** Path of the file: relative and clean, with forward slashes. */
  path: string;
  /**
   * Language of the content: from the block, otherwise from the extension of the path; `text` if neither gives
   * one.
   */
  language: string;
  /** The content. */
  text: string;
  /** Whether it is a context file or was written by a role. */
  from: FileOrigin;
  /** The stage that wrote it. Absent for a context file. */
  stage?: number | undefined;
  /** The attempt that wrote it. Absent for a context file. */
  attempt?: number | undefined;
  /** Present if the content has a placeholder for omitted text that no repair filled in. Absent otherwise. */
  elided?: true | undefined;
};

/**
 * Identifies a run: `run_` and 8 to 60 letters, digits or hyphens. Generated by the client or the server. Ids
 * that the server or `randomRunId` generates sort by creation time.
 */
export type RunId = string;

/** Input of `runs.get` and `runs.delete`: identifies a run. */
export type RunInput = {
  /** The run that the call or the event belongs to. */
  runId: RunId;
};

/** The limits of one run. */
export type RunLimits = {
  /** Attempts of one stage; attempts with cause `resume` or `continue` are not counted. */
  maxAttemptsPerStage: number;
  /** Milliseconds from `run.started` until the run fails with LIMIT_REACHED. */
  maxDurationMs: number;
  /**
   * Tokens, input and output of all attempts, after which the run fails with LIMIT_REACHED. Absent: no such
   * limit.
   */
  maxTokens?: number | undefined;
  /** Cost of all attempts after which the run fails with LIMIT_REACHED. Absent: no such limit. */
  maxCost?: Amount | undefined;
  /** Currency of `maxCost`. Present if and only if `maxCost` is. */
  currency?: Currency | undefined;
};

/** A page of runs. */
export type RunPage = {
  /** The runs, most recently queued first. */
  items: RunSummary[];
  /**
   * Send it as `before` to get the next page. Absent on the last page. A page with `next` can have fewer runs
   * than `limit`, even none, if the server has read many runs that do not match.
   */
  next?: string | undefined;
  /**
   * A cursor of `runs.feed`, taken before the page was read: the feed after it misses no event, but may repeat
   * events that the page already includes.
   */
  feedCursor: Cursor;
};

/** The plan of the run, at the start and after every change. */
export type RunPlanned = {
  /** Type of the event. */
  type: 'run.planned';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Roles whose stage has not started, the next one first. */
  roles: Role[];
  /**
   * Why the plan was set.
   * - `start`: the run starts
   * - `review`: changes were requested, or a reviewed file has changed
   * - `redirect`: a redirect
   * - `cancel`: a cancelled stage
   */
  cause: 'start' | 'review' | 'redirect' | 'cancel';
};

/** The prompt of an attempt, computed from the log on each request. */
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
  /** Messages in order. Roles alternate; the first and the last are `user`. */
  messages: Array<{
    /**
     * Author of the message.
     * - `user`: the server, on behalf of the user
     * - `assistant`: the model, earlier in the stage
     */
    role: 'user' | 'assistant';
    /** The content of the message. */
    text: string;
  }>;
  /**
   * `true`: this is what was sent, byte for byte (`promptHash`). `false`: this version of the server computes
   * another prompt from the log, or the event has no `promptHash`.
   */
  exact: boolean;
};

/** The first event of a run: it is durable and waits in the queue. */
export type RunQueued = {
  /** Type of the event. */
  type: 'run.queued';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Task of the run, without white space at both ends. */
  task: string;
  /** Owner of the run. Without authentication `local`. */
  owner: string;
  /** The principal that started the run. */
  actor: Actor;
  /** The selected roles and the number of refinements, with defaults filled in. */
  pipeline: Pipeline;
  /** `all` or a role → text appended to its prompts. `{}` if there is none. */
  instructions: Instructions;
  /** `default` or a role → model: those of the input take precedence over those of the server. */
  models: Models;
  /**
   * `default` or a role → how its model is called: those of the input take precedence over those of the server.
   * Absent in runs of earlier versions.
   */
  settings?: Settings | undefined;
  /** Limits of the run, with defaults filled in. */
  limits: RunLimits;
  /** Labels of the run. `{}` if there are none. */
  labels: Labels;
  /** The run that it was started from, and where. Absent if it was not started from another run. */
  from?: Lineage | undefined;
  /** The span that the trace of the run continues. Absent if the start had none. */
  traceparent?: TraceParent | undefined;
  /**
   * Opaque hash of the validated input without `runId` and `traceparent`. Two starts with the same digest have
   * the same body.
   */
  digest: string;
};

/** A new executor continues the run: the first event of a new epoch. */
export type RunRecovered = {
  /** Type of the event. */
  type: 'run.recovered';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /**
   * Cause of the recovery.
   * - `restart`: the server restarted
   * - `takeover`: another node took over the run
   * - `log`: the log could not be written for some time
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

/** A link to a run that was not removed. A run has at most 50 that have not expired. */
export type RunShare = {
  /** Id of the link. */
  shareId: ShareId;
  /** What the link permits. */
  may: LinkAccess;
  /** When the link expires. Absent: never. */
  until?: Instant | undefined;
  /** The principal that created it. */
  actor: Actor;
  /** When it was created. */
  at: Instant;
};

/** A link to the run was created. One of the two events that can follow the terminal event. */
export type RunShared = {
  /** Type of the event. */
  type: 'run.shared';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Id of the command: its idempotency key within the run. */
  commandId: CommandId;
  /** Id of the link. */
  shareId: ShareId;
  /** What the link permits. */
  may: LinkAccess;
  /** When the link expires. Absent: never. */
  until?: Instant | undefined;
  /** The principal that created the link. */
  actor: Actor;
};

/** The run leaves the queue. */
export type RunStarted = {
  /** Type of the event. */
  type: 'run.started';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
};

/** The state of a run: the fold of its events up to `seq`. */
export type RunState = {
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Status of the run. */
  status: Status;
  /** Task of the run, without white space at both ends. */
  task: string;
  /** Owner of the run. Without authentication `local`. */
  owner: string;
  /** The principal that started the run. */
  actor: Actor;
  /** Labels of the run. `{}` if there are none. */
  labels: Labels;
  /** The run that it was started from, and where. Absent if it was not started from another run. */
  from?: Lineage | undefined;
  /** The selected roles and the number of refinements, with defaults filled in. */
  pipeline: Pipeline;
  /** `all` or a role → text appended to its prompts. `{}` if there is none. */
  instructions: Instructions;
  /**
   * `default` or a role → model, as set at the start: those of the input take precedence over those of the
   * server.
   */
  models: Models;
  /**
   * `default` or a role → how its model is called, as set at the start: those of the input take precedence over
   * those of the server. `{}` if there are none.
   */
  settings: Settings;
  /** Limits of the run, with defaults filled in. */
  limits: RunLimits;
  /** Roles whose stage has not started, the next one first. */
  plan: Role[];
  /** Stages of the run, oldest first. */
  stages: StageState[];
  /** Accepted commands of the run, oldest first. */
  commands: CommandState[];
  /** Links to the run that were not removed, oldest first. Expired ones are included. */
  shares: RunShare[];
  /** The last entry of `reviews`. `null` before the first issue or review. */
  review: ReviewState | null;
  /**
   * One entry for each attempt of a reviewer with a `review.noted` or `review.recorded`, ordered by last change,
   * oldest first.
   */
  reviews: ReviewState[];
  /** The current files, each path once, ordered by last change, oldest first. */
  files: FileState[];
  /**
   * Every version of every file, removals included, by attempt, oldest first. Absent if the server does not
   * provide it.
   */
  fileHistory?: FileChanges[] | undefined;
  /** Total tokens of all attempts that have ended, without inherited ones. */
  usage: Usage;
  /** Cost of all attempts that have ended, without inherited ones. Absent if none of them has a cost. */
  cost?: TotalCost | undefined;
  /** Verdict of the run. Present if the run has completed, absent otherwise. */
  verdict?: RunVerdict | undefined;
  /** Why the run failed. Present if it failed, absent otherwise. */
  failure?: Failure | undefined;
  /** When the run was queued: `at` of `run.queued`. */
  queuedAt: Instant;
  /** When the run left the queue: `at` of `run.started`. Absent before. */
  startedAt?: Instant | undefined;
  /** `at` of the last event. */
  updatedAt: Instant;
  /** When the run ended. Absent before. */
  endedAt?: Instant | undefined;
  /** Fencing epoch: counts the executors of the run, from 1. Each recovery adds 1. */
  epoch: number;
  /** Position of the last event that the state includes. */
  seq: number;
  /** The same position as a cursor: `runs.events` after this cursor continues without a gap. */
  cursor: Cursor;
};

/** A run as shown in lists. */
export type RunSummary = {
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Status of the run. */
  status: SummaryStatus;
  /**
   * What is damaged in the log of an `unreadable` run; other fields that cannot be read are empty. Absent for
   * other statuses.
   */
  problem?: string | undefined;
  /** The first 200 chars of the task. */
  task: string;
  /** Owner of the run. Without authentication `local`. */
  owner: string;
  /** Labels of the run. `{}` if there are none. */
  labels: Labels;
  /** The run that it was started from, and where. Absent if it was not started from another run. */
  from?: StartFrom | undefined;
  /** When the run was queued: `at` of `run.queued`. */
  queuedAt: Instant;
  /** When the run left the queue: `at` of `run.started`. Absent before. */
  startedAt?: Instant | undefined;
  /** When the run ended. Absent before. */
  endedAt?: Instant | undefined;
  /**
   * The attempt that is open, or the failed one in backoff. `null` before the first attempt and after the end.
   */
  current: AttemptTarget | null;
  /** Verdict of the run. Present if the run has completed, absent otherwise. */
  verdict?: RunVerdict | undefined;
  /** Cost of the run, from its terminal event. Absent before the end, and if no attempt has a cost. */
  cost?: TotalCost | undefined;
  /**
   * Links to the run that were not removed, oldest first. Expired ones are included. Absent if there are none.
   */
  shares?: RunShare[] | undefined;
};

/**
 * A link to the run was removed: it does not work any more. One of the two events that can follow the terminal
 * event.
 */
export type RunUnshared = {
  /** Type of the event. */
  type: 'run.unshared';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Id of the command: its idempotency key within the run. */
  commandId: CommandId;
  /** Id of the link. */
  shareId: ShareId;
  /** What the link permits. */
  may: LinkAccess;
  /** When the link expires. Absent: never. */
  until?: Instant | undefined;
  /** The principal that removed the link. */
  actor: Actor;
};

/**
 * Verdict of a run: that of its last review.
 * - `approved`: a valid review with no issue above `minor`
 * - `changes_requested`: the review requests changes, or has a `blocker` or a `major` issue
 * - `unknown`: the review could not be read, was ended early, or cannot count as an approval
 * - `none`: no review, or files were changed after the last one
 */
export type RunVerdict = 'approved' | 'changes_requested' | 'unknown' | 'none';

/** Heartbeat, transient, in `runs.events` only: the run waits. It is not in the log and changes no state. */
export type RunWaiting = {
  /** Type of the event. */
  type: 'run.waiting';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Repeats the `seq` last sent to this subscriber. */
  seq: number;
  /** Not set in transient events. */
  firstSeq?: number | undefined;
  /** Time when it was sent. */
  at: Instant;
  /** Not set in transient events. */
  inheritedFrom?: InheritedFrom | undefined;
  /**
   * What the run is waiting for.
   * - `queued`: its turn in the queue
   * - `log`: the log, which cannot be written at the moment
   * - `executor`: the executor of the run, which cannot be reached at the moment
   */
  phase: 'queued' | 'log' | 'executor';
  /** Number of queued runs ahead of it. Absent in phases other than `queued`. */
  ahead?: number | undefined;
  /** Milliseconds since the wait began. */
  elapsedMs: number;
};

/** Version, roles, models, capabilities and limits of a server. */
export type ServerInfo = {
  /** Version of the server software. */
  version: string;
  /** Protocol version that the server implements. */
  protocolVersion: number;
  /** Hash of the contract: SHA-256 in hexadecimal. A compatible server may have another hash. */
  protocolHash: string;
  /** Names of capabilities, for example `steer` and `feed`. Open: ignore unknown ones. */
  features: string[];
  /** The roles that the server knows, in the order of the pipeline. */
  roles: Array<{
    /** Name of the role, for example `coder`. */
    role: Role;
    /** Format of the text that the role writes. */
    format: Format;
  }>;
  /** `default`, and each role with a model of its own → the model that is used if a run names none. */
  models: ByRole<'default', ModelRef>;
  /** `false`: the default model is the rehearsal, the built-in simulated model. */
  realModel: boolean;
  /** The price list that costs are computed with. Absent if the server has none. */
  prices?: {
    /** Date of the price list, as in `Cost.pricesOf`. */
    date: PriceDate;
    /** Currency of its prices and of new costs. */
    currency: Currency;
  } | undefined;
  /**
   * The limits that the server enforces, by name. The unit is part of the name: Chars (UTF-16 code units), Bytes,
   * Ms.
   */
  limits: Record<string, number>;
  /**
   * The longest time without an event in `runs.events` of a live run, in milliseconds; then the server sends a
   * heartbeat.
   */
  heartbeatMs: number;
  /** The clock of the server. */
  now: Instant;
  /** Ways to authenticate. Empty: none, and every caller is the same local user. */
  auth: AuthMethod[];
  /** How people sign in with OpenID Connect. Absent: they cannot. */
  oidc?: {
    /** Issuer of the tokens, a URL. */
    issuer: string;
    /** Client id of this server at the issuer. It is not secret. */
    clientId: string;
  } | undefined;
  /**
   * The caller. `null` if it is not authenticated: then `roles` and `features` are empty, `models` and `limits`
   * too, `prices` is absent, and `realModel` is `false`.
   */
  you: Identity | null;
  /** The limits of the owner of the caller, `you.owner`, and how much of each is used. Absent if it has none. */
  quotas?: Quota[] | undefined;
};

/** `default`, or the name of a role → how its model is called. */
export type Settings = ByRole<'default', RoleSettings>;

/** Identifies a link to a run. It follows from the run and the `commandId` of `runs.share`, and is not secret. */
export type ShareId = string;

/** Input of `runs.share`: creates a link to a run. */
export type ShareInput = {
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Id of the command: its idempotency key within the run. */
  commandId: CommandId;
  /** What the link permits. */
  may: LinkAccess;
  /** When the link expires; in the future. Default: never. */
  until?: Instant | undefined;
};

/** A link to a run. The same for every call with the same `commandId` and body. */
export type ShareReceipt = {
  /** Id of the link. */
  shareId: ShareId;
  /**
   * Address of the run in the console, with the token of the link in its fragment:
   * `<server>/runs/<runId>#share=<token>`. Secret: everyone who has it can use the link.
   */
  url: string;
};

/**
 * Why a code block did not become a file.
 * - `no_path`: nothing names its path
 * - `path_refused`: its path is not relative and clean
 * - `open`: it was never closed
 * - `nested`: it is inside a block that was accepted
 * - `elided`: it omits parts of the current file
 * - `excerpt`: it is a part of an existing file, or in a quote
 * - `diff`: it is a patch (diff or SEARCH/REPLACE)
 * - `duplicate`: a later block of the text has the same path
 * - `too_many`: it exceeds the limit of files in one text
 * - `no_such_file`: it removes a file that the run does not have
 */
export type SkipReason = 'no_path' | 'path_refused' | 'open' | 'nested' | 'elided' | 'excerpt' | 'diff' | 'duplicate' | 'too_many' | 'no_such_file';

/** A code block that did not become a file of the run, and why. */
export type SkippedBlock = {
  /** Why it did not become a file. */
  reason: SkipReason;
  /** The path that the block names. Absent if it names none. */
  path?: string | undefined;
  /** Where the content of the block begins in the text of the attempt, in UTF-16 code units. */
  offset: number;
  /** Length of the content of the block in UTF-16 code units. */
  chars: number;
};

/** Ends an attempt and its stage by a cancel; the text so far is kept. */
export type StageCancelled = {
  /** Type of the event. */
  type: 'stage.cancelled';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** Length of the text of the attempt at its end, kept text included, in UTF-16 code units. */
  chars: number;
  /** Tokens of the attempt. */
  usage: Usage;
  /** Cost of the attempt. Absent if the server has no price for its model. */
  cost?: Cost | undefined;
  /** Id of the command: its idempotency key within the run. */
  commandId: CommandId;
};

/** Ends an attempt and its stage: the text is complete, or cut off at the output limit of the model. */
export type StageCompleted = {
  /** Type of the event. */
  type: 'stage.completed';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** Length of the text of the attempt at its end, kept text included, in UTF-16 code units. */
  chars: number;
  /** Tokens of the attempt. */
  usage: Usage;
  /** Cost of the attempt. Absent if the server has no price for its model. */
  cost?: Cost | undefined;
  /** Why the model stopped; `length`: the text is cut off. */
  finishReason: FinishReason;
  /** Milliseconds from the request to the first delta of either type. */
  ttftMs: number;
  /** Milliseconds from the request to the end of the attempt. */
  durationMs: number;
};

/** Delta: a piece of the text of the model. */
export type StageDelta = {
  /** Type of the event. */
  type: 'stage.delta';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /**
   * Where the delta begins, in UTF-16 code units: the length of the text that earlier events of this type gave
   * the attempt, kept text included. A client removes its text after this offset and appends the delta.
   */
  offset: number;
  /** The text of the delta, as the model sent it. It may begin or end in the middle of a surrogate pair. */
  text: string;
};

/** Ends an attempt with a failure. */
export type StageFailed = {
  /** Type of the event. */
  type: 'stage.failed';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** Length of the text of the attempt at its end, kept text included, in UTF-16 code units. */
  chars: number;
  /** Tokens of the attempt. */
  usage: Usage;
  /** Cost of the attempt. Absent if the server has no price for its model. */
  cost?: Cost | undefined;
  /** Why the attempt or the run failed. */
  failure: Failure;
  /**
   * Milliseconds from `at` to the next attempt; 0: it is started in the same append. Absent: no attempt follows,
   * and the run fails.
   */
  retryInMs?: number | undefined;
};

/** Ends an attempt before its text was complete; the text so far is kept. */
export type StageInterrupted = {
  /** Type of the event. */
  type: 'stage.interrupted';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** Length of the text of the attempt at its end, kept text included, in UTF-16 code units. */
  chars: number;
  /** Tokens of the attempt. */
  usage: Usage;
  /** Cost of the attempt. Absent if the server has no price for its model. */
  cost?: Cost | undefined;
  /**
   * Cause of the interruption.
   * - `steer`: a steer of mode `restart` or `continue`
   * - `redirect`: a redirect
   * - `crash`: a crash, a take-over or a log failure
   * - `length`: the model reached its output limit; the next attempt continues the text
   */
  cause: 'steer' | 'redirect' | 'crash' | 'length';
  /** The commands that interrupted it. Empty for `crash` and `length`. */
  commandIds: CommandId[];
};

/**
 * What a stage is waiting for. The first four are determined from the bytes that the provider sends. Open: a
 * later version may add values.
 * - `connecting`: no response from the provider yet
 * - `first-token`: a response from the provider, but no token yet
 * - `reasoning`: bytes arrive, but no text
 * - `stalled`: no bytes for a heartbeat interval
 * - `backoff`: no attempt is open; the next one starts in `retryInMs`
 * - `call-queued`: no request is sent yet: this node has as many calls with the key of the provider in flight as
 *   it makes at the same time; `ahead` calls of the node are sent before
 * - `throttled`: no request is sent yet: the provider rejected a call with the same key, since its rate limit is
 *   reached or it is overloaded. All calls of the node with this key wait; the first one is sent in `retryInMs`,
 *   and `ahead` calls before this one
 */
export type StagePhase = 'connecting' | 'first-token' | 'reasoning' | 'stalled' | 'backoff' | 'call-queued' | 'throttled';

/** Delta: a piece of the reasoning of the model. */
export type StageReasoning = {
  /** Type of the event. */
  type: 'stage.reasoning';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /**
   * Where the delta begins, in UTF-16 code units: the length of the text that earlier events of this type gave
   * the attempt, kept text included. A client removes its text after this offset and appends the delta.
   */
  offset: number;
  /** The text of the delta, as the model sent it. It may begin or end in the middle of a surrogate pair. */
  text: string;
};

/** An attempt starts; the first attempt starts its stage. */
export type StageStarted = {
  /** Type of the event. */
  type: 'stage.started';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Position in the log of the run: 1, 2, 3, … without gaps. */
  seq: number;
  /**
   * The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted.
   * Only as sent to a subscriber, not in the log. Absent: `seq`.
   */
  firstSeq?: number | undefined;
  /** Time of the event. */
  at: Instant;
  /**
   * Present in a copy, in a run that was started from another one: the event that it was copied from, where it
   * was first logged. Absent otherwise.
   */
  inheritedFrom?: InheritedFrom | undefined;
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
   * Commands whose text is in the prompt, in the order of acceptance, including those of earlier attempts and
   * stages.
   */
  commandIds: CommandId[];
  /** Length of the text that it keeps from the previous attempt, in UTF-16 code units; 0 if it keeps none. */
  keptChars: number;
  /**
   * Hash of the prompt as it was sent: SHA-256 in hexadecimal. `exact` of `runs.prompt` is `true` if the server
   * still computes the same prompt. May be absent.
   */
  promptHash?: string | undefined;
  /** Context window of the model in tokens; the prompt was made to fit. Absent if the server did not know it. */
  contextTokens?: number | undefined;
};

/** The work of one role at one point of a run. */
export type StageState = {
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Format of the text. */
  format: Format;
  /**
   * Status of its last attempt, or `backoff`.
   * - `running`: an attempt is open
   * - `backoff`: no attempt is open; the next one starts after the backoff
   * - `completed`: ended by `stage.completed`
   * - `interrupted`: ended by `stage.interrupted`
   * - `cancelled`: ended by `stage.cancelled`
   * - `failed`: ended by `stage.failed`, and no attempt follows
   */
  status: 'running' | 'backoff' | 'completed' | 'interrupted' | 'cancelled' | 'failed';
  /** Why the model stopped; `length`: the text is cut off. Present if the stage completed, absent otherwise. */
  finishReason?: FinishReason | undefined;
  /** Cost of its attempts that have ended. Absent if none of them has a cost. */
  cost?: TotalCost | undefined;
  /** Attempts of the stage, oldest first; at least one. */
  attempts: AttemptState[];
};

/**
 * Heartbeat, transient, in `runs.events` only: the stage has produced no event for some time. It is not in the
 * log and changes no state.
 */
export type StageWaiting = {
  /** Type of the event. */
  type: 'stage.waiting';
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Repeats the `seq` last sent to this subscriber. */
  seq: number;
  /** Not set in transient events. */
  firstSeq?: number | undefined;
  /** Time when it was sent. */
  at: Instant;
  /** Not set in transient events. */
  inheritedFrom?: InheritedFrom | undefined;
  /** Ordinal of the stage in the run, from 1. */
  stage: number;
  /** The role of the stage. */
  role: Role;
  /** Ordinal of the attempt in its stage, from 1. */
  attempt: number;
  /** What the stage is waiting for. */
  phase: StagePhase;
  /** Milliseconds since the wait began: from the request, in backoff from the failure. */
  elapsedMs: number;
  /**
   * Milliseconds since the last byte of the provider. Absent in phases `backoff`, `call-queued` and `throttled`.
   */
  sinceLastByteMs?: number | undefined;
  /**
   * Milliseconds until the next attempt, or in phase `throttled` until the next request with the key. Absent in
   * other phases.
   */
  retryInMs?: number | undefined;
  /** Number of calls that are sent before this one. Absent in phases other than `call-queued` and `throttled`. */
  ahead?: number | undefined;
};

/** The run that a run starts from, and where: its stages before that are inherited. */
export type StartFrom = {
  /** The run to start from. It has ended, otherwise RUN_NOT_ENDED. */
  runId: RunId;
  /**
   * The first stage that is not inherited: its role starts again, as this stage. Default: all stages of a
   * completed run are inherited, and `task` is its follow-up; of a failed or cancelled run, the stage that ended
   * it.
   */
  stage?: number | undefined;
  /**
   * The attempt of `stage` whose text the new attempt keeps and continues. Requires `stage`. A stage of format
   * `json` is INVALID_INPUT. Default: the stage starts without a text.
   */
  attempt?: number | undefined;
};

/** Input of `runs.start`. Strict: an unknown field is INVALID_INPUT. */
export type StartInput = {
  /**
   * Task of the run: 1 to 100000 chars, trimmed. Required without `from`, and for a follow-up of a completed run.
   * Default: that of the run in `from`.
   */
  task?: string | undefined;
  /**
   * Idempotency key of the call: the same id with the same body returns the same receipt, with another body
   * RUN_ID_CONFLICT. Default: the server generates an id, so every call starts a new run.
   */
  runId?: RunId | undefined;
  /**
   * Owner of the run: one of `you.owners`, or any with the permission `admin`; another one is FORBIDDEN. Default:
   * with `from` the owner of that run if it is one of `you.owners`; otherwise `you.owner`.
   */
  owner?: Owner | undefined;
  /**
   * The run that this one starts from: a follow-up, a rerun from a stage, or a fork of an attempt. Fields that
   * are absent are taken from that run. Default: the run starts without one.
   */
  from?: StartFrom | undefined;
  /** Context files for the roles, at most 100. Default: none. */
  files?: InputFile[] | undefined;
  /** `all`, or the name of a role → text appended to its prompts, 1 to 20000 chars. Default: none. */
  instructions?: ByRole<'all', string> | undefined;
  /** The selection of roles. Default: all except `tester`. */
  pipeline?: {
    /**
     * The selected roles, 1 to 16, in any order. An unknown role, a duplicate role, and a selection without a
     * role that can run are INVALID_INPUT. Default: all except `tester`.
     */
    roles?: Role[] | undefined;
    /** Refinements in one pass of the pipeline: 0 to 5. Default: 2. */
    maxRefinements?: number | undefined;
  } | undefined;
  /**
   * `default`, or the name of a role → model. `default` takes precedence over a model that the server has
   * configured for a role. A model that the server cannot call is INVALID_INPUT. Default: the models in
   * `server.info`.
   */
  models?: ByRole<'default', ModelRef> | undefined;
  /** `default`, or the name of a role → how its model is called. Default: the settings of the server. */
  settings?: Settings | undefined;
  /** Limits of the run. Default: those of the server. */
  limits?: {
    /** Attempts of one stage: 1 to 32. Default: 8. */
    maxAttemptsPerStage?: number | undefined;
    /**
     * Milliseconds from `run.started` until the run fails with LIMIT_REACHED: 1000 to 86400000. Default:
     * 86400000.
     */
    maxDurationMs?: number | undefined;
    /**
     * Tokens, input and output of all attempts, after which the run fails with LIMIT_REACHED. Default: no limit;
     * with `from` that of the source.
     */
    maxTokens?: number | undefined;
    /**
     * Cost of all attempts after which the run fails with LIMIT_REACHED: a decimal number above 0, in the
     * currency of `server.info.prices`. INVALID_INPUT if the server has no price list, or no price of a model
     * that the run may use. Default: no limit; with `from` that of the source.
     */
    maxCost?: Amount | undefined;
    /**
     * Currency of `maxCost`: INVALID_INPUT if it is not the currency of the server, or without `maxCost`.
     * Default: the currency of the server.
     */
    currency?: Currency | undefined;
  } | undefined;
  /** Labels to filter by in `runs.list` and `runs.feed`. Default: none. */
  labels?: Labels | undefined;
  /**
   * The span that the trace of the run continues, as in the header `traceparent` of W3C Trace Context. Not a part
   * of the body that `runId` identifies. Default: the run has a trace of its own.
   */
  traceparent?: TraceParent | undefined;
} & ({ task: string } | { from: StartFrom });

/** Receipt of a start: the run is queued and durable. */
export type StartReceipt = {
  /** Id of the run: that of the input, otherwise generated by the server. */
  runId: RunId;
  /** Cursor of its `run.queued`. `runs.events` after this cursor sends all later events. */
  cursor: Cursor;
};

/**
 * Status of a run. Open: a later version may add values.
 * - `queued`: waits in the queue
 * - `running`: started and not ended; in an attempt or in backoff
 * - `completed`: ended by `run.completed`
 * - `failed`: ended by `run.failed`
 * - `cancelled`: ended by `run.cancelled`
 */
export type Status = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';

/** Input of `runs.steer`: an instruction for the model. */
export type SteerInput = {
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Id of the command: its idempotency key within the run. */
  commandId: CommandId;
  /** The instruction: 1 to 20000 chars, trimmed. */
  text: string;
  /**
   * Effect on the open model call.
   * - `restart`: it is aborted; the next attempt of the stage has the instruction in its prompt
   * - `continue`: it is aborted; the next attempt continues where the text stopped. ILLEGAL_TARGET in a stage of
   *   format `json`
   * - `next`: nothing is aborted; the instruction enters the prompt of the next stage
   * @default "restart"
   */
  mode?: 'restart' | 'continue' | 'next' | undefined;
  /**
   * Precondition, checked when the command arrives; the server does not wait until it is met. If it does not
   * match, the command is rejected with STAGE_MISMATCH.
   */
  expect: Expect;
  /**
   * Stages whose prompts have the instruction.
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
 * Status of a run as shown in lists.
 * - `queued`: waits in the queue
 * - `running`: started and not ended; in an attempt or in backoff
 * - `completed`: ended by `run.completed`
 * - `failed`: ended by `run.failed`
 * - `cancelled`: ended by `run.cancelled`
 * - `unreadable`: the log of the run is damaged, see `problem`; all calls except `runs.list` are rejected
 */
export type SummaryStatus = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'unreadable';

/** A piece of the text of an attempt, or of a context file. */
export type TextPart = {
  /** Where the piece begins, in UTF-16 code units from the beginning of the text. */
  offset: number;
  /** Length of the piece in UTF-16 code units. */
  chars: number;
};

/** Cost of all attempts of a stage or a run that have ended, without inherited ones. */
export type TotalCost = {
  /** The exact sum of the known costs. */
  amount: Amount;
  /** Its currency: that of the first attempt with a cost. A cost in another currency is not in the sum. */
  currency: Currency;
  /** Present if a cost in the sum is an estimate. Absent otherwise. */
  estimated?: true | undefined;
  /**
   * Ended attempts that are not in the sum: their cost is unknown, or it is in another currency. 0: the sum is
   * complete.
   */
  unpricedAttempts: number;
};

/**
 * The header `traceparent` of W3C Trace Context, version `00`: the ids of a trace and of a span in it, neither
 * zero, and the trace flags.
 */
export type TraceParent = string;

/** Input of `runs.unshare`: removes a link to a run. */
export type UnshareInput = {
  /** The run that the call or the event belongs to. */
  runId: RunId;
  /** Id of the command: its idempotency key within the run. */
  commandId: CommandId;
  /** The link to remove. */
  shareId: ShareId;
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
   * The part of `inputTokens` that the provider wrote to its cache; it has no token of `cachedInputTokens`.
   * Absent if the provider reported none.
   */
  cacheWriteInputTokens?: number | undefined;
  /**
   * Source of the numbers.
   * - `final`: reported by the provider at the end of its answer
   * - `partial`: reported by the provider before the end
   * - `estimated`: computed from the number of chars
   */
  source: 'final' | 'partial' | 'estimated';
};

/**
 * Verdict of a review.
 * - `approved`: a valid review with no issue above `minor`
 * - `changes_requested`: the review requests changes, or has a `blocker` or a `major` issue
 * - `unknown`: the review could not be read, was ended early, or cannot count as an approval
 */
export type Verdict = 'approved' | 'changes_requested' | 'unknown';

/** Values by the name of a role, or by another name. An editor completes the known names; any other role is accepted. */
export type ByRole<Name extends string, Value> = Record<string, Value> & {
  [name in Name | 'architect' | 'coder' | 'reviewer' | 'refiner' | 'tester' | 'documenter']?: Value;
};

/** Every error code of a call, and its meaning. */
export interface ErrorMeanings {
  /**
   * The input does not fit its schema.
   * The same request will not succeed. tRPC code `BAD_REQUEST`.
   * `details`: `{issues: [{field, message}]}` if fields are invalid.
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
   * The run was deleted, or removed by retention.
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
   * The log of the run is damaged; the run cannot be read.
   * The same request will not succeed. tRPC code `CONFLICT`.
   * `details`: `{runId, problem}`.
   */
  RUN_UNREADABLE: never;
  /**
   * The run has ended and accepts no commands.
   * The same request will not succeed. tRPC code `CONFLICT`.
   * `details`: `{status}`.
   */
  RUN_ENDED: never;
  /**
   * The run has not ended yet.
   * The same request may succeed later. tRPC code `CONFLICT`.
   * `details`: `{runId, status}`.
   */
  RUN_NOT_ENDED: never;
  /**
   * The run id was used for a run with another body.
   * The same request will not succeed. tRPC code `CONFLICT`.
   * `details`: `{runId}`.
   */
  RUN_ID_CONFLICT: never;
  /**
   * There is no such access key.
   * The same request will not succeed. tRPC code `NOT_FOUND`.
   * `details`: `{id}`.
   */
  KEY_NOT_FOUND: never;
  /**
   * The id was used for an access key with another body.
   * The same request will not succeed. tRPC code `CONFLICT`.
   * `details`: `{id}`.
   */
  KEY_ID_CONFLICT: never;
  /**
   * The run has no such link.
   * The same request will not succeed. tRPC code `NOT_FOUND`.
   * `details`: `{runId, shareId}`.
   */
  SHARE_NOT_FOUND: never;
  /**
   * The server does not authenticate its callers, so links to runs cannot be created.
   * The same request will not succeed. tRPC code `PRECONDITION_FAILED`.
   */
  SHARING_UNAVAILABLE: never;
  /**
   * The run has too many links.
   * The same request will not succeed. tRPC code `TOO_MANY_REQUESTS`.
   * `details`: The limit, under its name: `maxSharesPerRun` or `maxSharesEverPerRun`.
   */
  TOO_MANY_SHARES: never;
  /**
   * The current stage does not match `expect`.
   * The same request will not succeed. tRPC code `PRECONDITION_FAILED`.
   * `details`: `{expected, actual}`: `expect` of the command, and the current `AttemptTarget` or `null`.
   */
  STAGE_MISMATCH: never;
  /**
   * The command cannot be applied to this target.
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
   * Too many commands of this run are pending.
   * The same request may succeed later. tRPC code `TOO_MANY_REQUESTS`.
   * `details`: `{maxPendingCommands}`.
   */
  TOO_MANY_PENDING: never;
  /**
   * The input or the response exceeds a size limit.
   * The same request will not succeed. tRPC code `PAYLOAD_TOO_LARGE`.
   * `details`: `{issues: [{field, message}]}` if fields are invalid; else the limit, under its name:
   * `maxAnswerBytes`, `maxMessageBytes`.
   */
  TOO_LARGE: never;
  /**
   * The cursor is not a position in this log.
   * The same request will not succeed. tRPC code `BAD_REQUEST`.
   */
  CURSOR_INVALID: never;
  /**
   * Client and server use different protocol versions.
   * The same request will not succeed. tRPC code `PRECONDITION_FAILED`; on a WebSocket it closes the connection
   * with 4409.
   * `details`: `{server, client}`: the two versions.
   */
  PROTOCOL_MISMATCH: never;
  /**
   * The caller is not authenticated.
   * The same request will not succeed. tRPC code `UNAUTHORIZED`; on a WebSocket it closes the connection with
   * 4401.
   */
  UNAUTHENTICATED: never;
  /**
   * The caller is not permitted to do this.
   * The same request will not succeed. tRPC code `FORBIDDEN`; on a WebSocket it closes the connection with 4403.
   * `details`: `{permission}` if the caller lacks a permission.
   */
  FORBIDDEN: never;
  /**
   * Too many requests.
   * The same request may succeed later. tRPC code `TOO_MANY_REQUESTS`; on a WebSocket it closes the connection
   * with 4429.
   * `details`: `{retryAfterMs}` after failed attempts to authenticate, or too many sign-ins.
   */
  RATE_LIMITED: never;
  /**
   * The server has no capacity for the request at the moment.
   * The same request may succeed later. tRPC code `SERVICE_UNAVAILABLE`.
   * `details`: If a limit of the owner or of the server is reached, `{limit, scope, max, retryAfterMs}`; of a
   * connection `maxSubscriptions`, of the queue of the server also `maxQueuedRuns`; `retryAfterMs` while the log
   * is slow.
   */
  OVERLOADED: never;
  /**
   * The server is shutting down.
   * The same request may succeed later. tRPC code `SERVICE_UNAVAILABLE`.
   */
  DRAINING: never;
  /**
   * The event log cannot be written at the moment.
   * The same request may succeed later. tRPC code `SERVICE_UNAVAILABLE`.
   */
  LOG_UNAVAILABLE: never;
  /**
   * The executor of the run cannot be reached at the moment.
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
   * An internal error of the server.
   * The same request may succeed later. tRPC code `INTERNAL_SERVER_ERROR`.
   */
  INTERNAL: never;
}

/** A code of `ErrorMeanings`. Open: a later version of the server may return other codes. */
export type ErrorCode = keyof ErrorMeanings;

/** The field `error.data.stagewire` of a rejected call. */
export interface WireError {
  /** Why the call was rejected. */
  readonly code: ErrorCode;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** Details, as described for each code in `ErrorMeanings`; absent if there are none. Open. */
  readonly details?: unknown;
}

/**
 * Every procedure: its kind, its input as one may write it, and its answer, or of a subscription each event.
 * Each can return INVALID_INPUT, TOO_LARGE, PROTOCOL_MISMATCH, UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED,
 * OVERLOADED, LOG_UNAVAILABLE, INTERNAL; further errors are listed with it.
 */
export interface ProcedureMap {
  /**
   * Queues a run. Idempotent with a `runId` that the client generates. Returns when the run is durable.
   * Errors: RUN_ID_CONFLICT, DRAINING, RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, RUN_NOT_ENDED,
   * ATTEMPT_NOT_FOUND.
   */
  'runs.start': { kind: 'mutation'; input: StartInput; output: StartReceipt };
  /**
   * Replays a run from its first event or after a cursor, sends new events as they are committed, and ends after
   * the terminal event.
   * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, CURSOR_INVALID.
   */
  'runs.events': { kind: 'subscription'; input: EventsInput; output: RunEvent };
  /**
   * Sends the events of all runs of the owners of the caller, or of one of them, in the order of their commits,
   * from the current position or after a cursor. Ends only when the connection is closed.
   * Errors: CURSOR_INVALID.
   */
  'runs.feed': { kind: 'subscription'; input: FeedInput; output: FeedEvent };
  /**
   * Gives the model of a stage an instruction. Returns when the command is durable; its outcome follows as an
   * event.
   * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, COMMAND_ID_CONFLICT, RUN_ENDED, STAGE_MISMATCH,
   * ILLEGAL_TARGET, TOO_MANY_PENDING, DRAINING, EXECUTOR_UNREACHABLE, LIMIT_REACHED.
   */
  'runs.steer': { kind: 'mutation'; input: SteerInput; output: Receipt };
  /**
   * Ends the current stage and continues with another role. Returns when the command is durable; its outcome
   * follows as an event.
   * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, COMMAND_ID_CONFLICT, RUN_ENDED, STAGE_MISMATCH,
   * ILLEGAL_TARGET, TOO_MANY_PENDING, DRAINING, EXECUTOR_UNREACHABLE.
   */
  'runs.redirect': { kind: 'mutation'; input: RedirectInput; output: Receipt };
  /**
   * Ends the run, or its current stage with the text so far. Returns when the command is durable; its outcome
   * follows as an event.
   * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, COMMAND_ID_CONFLICT, RUN_ENDED, STAGE_MISMATCH,
   * ILLEGAL_TARGET, TOO_MANY_PENDING, DRAINING, EXECUTOR_UNREACHABLE.
   */
  'runs.cancel': { kind: 'mutation'; input: CancelInput; output: Receipt };
  /**
   * Creates a link with which everyone who has it can read the run, or control it as well. Also after the end of
   * the run. Returns when the link is durable.
   * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, COMMAND_ID_CONFLICT, SHARING_UNAVAILABLE,
   * TOO_MANY_SHARES, DRAINING, EXECUTOR_UNREACHABLE.
   */
  'runs.share': { kind: 'mutation'; input: ShareInput; output: ShareReceipt };
  /**
   * Removes a link to a run, and closes its connections. Returns when this is durable.
   * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, COMMAND_ID_CONFLICT, SHARE_NOT_FOUND, DRAINING,
   * EXECUTOR_UNREACHABLE.
   */
  'runs.unshare': { kind: 'mutation'; input: UnshareInput; output: Receipt };
  /**
   * Deletes a run that has ended or is `unreadable`, with all its data. Idempotent. Returns when this is durable.
   * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_NOT_ENDED.
   */
  'runs.delete': { kind: 'mutation'; input: RunInput; output: DeleteReceipt };
  /**
   * Returns the current state of a run.
   * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE.
   */
  'runs.get': { kind: 'query'; input: RunInput; output: RunState };
  /**
   * Returns the files of a run with their texts, ordered by last change, oldest first: the current ones, or those
   * after an attempt.
   * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, ATTEMPT_NOT_FOUND.
   */
  'runs.files': { kind: 'query'; input: FilesInput; output: RunFile[] };
  /**
   * Returns the prompt of an attempt, also of a running one.
   * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, ATTEMPT_NOT_FOUND.
   */
  'runs.prompt': { kind: 'query'; input: PromptInput; output: RunPrompt };
  /** Returns a page of the runs of the owners of the caller, or of one of them, most recently queued first. */
  'runs.list': { kind: 'query'; input: ListInput; output: RunPage };
  /**
   * Returns the models that runs can name, by provider, with the reason where they cannot be listed. The answer
   * of a provider is kept for `modelListKeptMs`.
   */
  'models.list': { kind: 'query'; input: void; output: ModelList };
  /**
   * Creates an access key, of which the server receives only a hash. Idempotent with the `id` that the client
   * generates. Returns when the key is durable.
   * Errors: KEY_ID_CONFLICT.
   */
  'keys.create': { kind: 'mutation'; input: CreateKeyInput; output: AccessKey };
  /** Returns all access keys, newest first, expired and revoked ones included. */
  'keys.list': { kind: 'query'; input: void; output: AccessKey[] };
  /**
   * Revokes an access key for good, and closes its connections. Idempotent.
   * Errors: KEY_NOT_FOUND.
   */
  'keys.revoke': { kind: 'mutation'; input: KeyInput; output: AccessKey };
  /**
   * Exports the spans of a page of earlier runs again, under the same ids. Returns when the receiver has accepted
   * them.
   */
  'traces.export': { kind: 'mutation'; input: ExportTracesInput; output: ExportedTraces };
  /**
   * Returns who did what, of all owners and all nodes, oldest first: starts, commands, links and deletions of
   * runs, accesses of administrators to runs of other owners, changes of access keys, and sessions.
   */
  'audit.list': { kind: 'query'; input: AuditInput; output: AuditPage };
  /**
   * Replaces the identity of this WebSocket connection for all later calls: its permissions and its expiry. The
   * token must be of the same owner; one that is rejected changes nothing. Over HTTP it only checks the token.
   */
  'session.refresh': { kind: 'mutation'; input: RefreshInput; output: Identity };
  /** Returns the version, roles, models, capabilities and limits of the server. */
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
  'runs.share': 'mutation',
  'runs.unshare': 'mutation',
  'runs.delete': 'mutation',
  'runs.get': 'query',
  'runs.files': 'query',
  'runs.prompt': 'query',
  'runs.list': 'query',
  'models.list': 'query',
  'keys.create': 'mutation',
  'keys.list': 'query',
  'keys.revoke': 'mutation',
  'traces.export': 'mutation',
  'audit.list': 'query',
  'session.refresh': 'mutation',
  'server.info': 'query',
} as const;

/** What every procedure requires: a permission, or a link to its run. `null`: no permission, no link. */
export const procedureAccess = {
  'runs.start': { permission: 'runs:start', link: null },
  'runs.events': { permission: 'runs:read', link: 'read' },
  'runs.feed': { permission: 'runs:read', link: null },
  'runs.steer': { permission: 'runs:control', link: 'control' },
  'runs.redirect': { permission: 'runs:control', link: 'control' },
  'runs.cancel': { permission: 'runs:control', link: 'control' },
  'runs.share': { permission: 'runs:control', link: null },
  'runs.unshare': { permission: 'runs:control', link: null },
  'runs.delete': { permission: 'runs:delete', link: null },
  'runs.get': { permission: 'runs:read', link: 'read' },
  'runs.files': { permission: 'runs:read', link: 'read' },
  'runs.prompt': { permission: 'runs:read', link: null },
  'runs.list': { permission: 'runs:read', link: null },
  'models.list': { permission: 'runs:start', link: null },
  'keys.create': { permission: 'admin', link: null },
  'keys.list': { permission: 'admin', link: null },
  'keys.revoke': { permission: 'admin', link: null },
  'traces.export': { permission: 'admin', link: null },
  'audit.list': { permission: 'admin', link: null },
  'session.refresh': { permission: null, link: 'read' },
  'server.info': { permission: null, link: 'read' },
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
    'run.shared',
    'run.unshared',
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
    'run.shared',
    'run.unshared',
    'run.completed',
    'run.failed',
    'run.cancelled',
    'run.deleted',
    'feed.opened',
  ],
} as const;

/** The format of an error on the wire. `stagewire` is missing if another server responds, e.g. a proxy. */
export interface ContractErrorShape extends TRPCDefaultErrorShape {
  /** Decide by `stagewire.code`; the other fields are tRPC's. */
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

/** An event with its cursor. */
export interface Tracked<Event> {
  /** The cursor of the event: pass the last one as `lastEventId` to resume after it. */
  id: string;
  /** The event itself. */
  data: Event;
}

/** The router type for tRPC's clients: `createTRPCClient<ContractRouter>({ links })`. */
export type ContractRouter = TRPCBuiltRouter<Root, {
  runs: {
    /**
     * Queues a run. Idempotent with a `runId` that the client generates. Returns when the run is durable.
     * Errors: RUN_ID_CONFLICT, DRAINING, RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, RUN_NOT_ENDED,
     * ATTEMPT_NOT_FOUND.
     */
    start: TRPCMutationProcedure<Definition<StartInput, StartReceipt>>;
    /**
     * Replays a run from its first event or after a cursor, sends new events as they are committed, and ends
     * after the terminal event.
     * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, CURSOR_INVALID.
     */
    events: TRPCSubscriptionProcedure<Definition<EventsInput, AsyncIterable<Tracked<RunEvent>, void, unknown>>>;
    /**
     * Sends the events of all runs of the owners of the caller, or of one of them, in the order of their commits,
     * from the current position or after a cursor. Ends only when the connection is closed.
     * Errors: CURSOR_INVALID.
     */
    feed: TRPCSubscriptionProcedure<Definition<FeedInput, AsyncIterable<Tracked<FeedEvent>, void, unknown>>>;
    /**
     * Gives the model of a stage an instruction. Returns when the command is durable; its outcome follows as an
     * event.
     * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, COMMAND_ID_CONFLICT, RUN_ENDED, STAGE_MISMATCH,
     * ILLEGAL_TARGET, TOO_MANY_PENDING, DRAINING, EXECUTOR_UNREACHABLE, LIMIT_REACHED.
     */
    steer: TRPCMutationProcedure<Definition<SteerInput, Receipt>>;
    /**
     * Ends the current stage and continues with another role. Returns when the command is durable; its outcome
     * follows as an event.
     * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, COMMAND_ID_CONFLICT, RUN_ENDED, STAGE_MISMATCH,
     * ILLEGAL_TARGET, TOO_MANY_PENDING, DRAINING, EXECUTOR_UNREACHABLE.
     */
    redirect: TRPCMutationProcedure<Definition<RedirectInput, Receipt>>;
    /**
     * Ends the run, or its current stage with the text so far. Returns when the command is durable; its outcome
     * follows as an event.
     * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, COMMAND_ID_CONFLICT, RUN_ENDED, STAGE_MISMATCH,
     * ILLEGAL_TARGET, TOO_MANY_PENDING, DRAINING, EXECUTOR_UNREACHABLE.
     */
    cancel: TRPCMutationProcedure<Definition<CancelInput, Receipt>>;
    /**
     * Creates a link with which everyone who has it can read the run, or control it as well. Also after the end
     * of the run. Returns when the link is durable.
     * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, COMMAND_ID_CONFLICT, SHARING_UNAVAILABLE,
     * TOO_MANY_SHARES, DRAINING, EXECUTOR_UNREACHABLE.
     */
    share: TRPCMutationProcedure<Definition<ShareInput, ShareReceipt>>;
    /**
     * Removes a link to a run, and closes its connections. Returns when this is durable.
     * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, COMMAND_ID_CONFLICT, SHARE_NOT_FOUND, DRAINING,
     * EXECUTOR_UNREACHABLE.
     */
    unshare: TRPCMutationProcedure<Definition<UnshareInput, Receipt>>;
    /**
     * Deletes a run that has ended or is `unreadable`, with all its data. Idempotent. Returns when this is
     * durable.
     * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_NOT_ENDED.
     */
    delete: TRPCMutationProcedure<Definition<RunInput, DeleteReceipt>>;
    /**
     * Returns the current state of a run.
     * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE.
     */
    get: TRPCQueryProcedure<Definition<RunInput, RunState>>;
    /**
     * Returns the files of a run with their texts, ordered by last change, oldest first: the current ones, or
     * those after an attempt.
     * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, ATTEMPT_NOT_FOUND.
     */
    files: TRPCQueryProcedure<Definition<FilesInput, RunFile[]>>;
    /**
     * Returns the prompt of an attempt, also of a running one.
     * Errors: RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, ATTEMPT_NOT_FOUND.
     */
    prompt: TRPCQueryProcedure<Definition<PromptInput, RunPrompt>>;
    /** Returns a page of the runs of the owners of the caller, or of one of them, most recently queued first. */
    list: TRPCQueryProcedure<Definition<ListInput, RunPage>>;
  };
  models: {
    /**
     * Returns the models that runs can name, by provider, with the reason where they cannot be listed. The answer
     * of a provider is kept for `modelListKeptMs`.
     */
    list: TRPCQueryProcedure<Definition<void, ModelList>>;
  };
  keys: {
    /**
     * Creates an access key, of which the server receives only a hash. Idempotent with the `id` that the client
     * generates. Returns when the key is durable.
     * Errors: KEY_ID_CONFLICT.
     */
    create: TRPCMutationProcedure<Definition<CreateKeyInput, AccessKey>>;
    /** Returns all access keys, newest first, expired and revoked ones included. */
    list: TRPCQueryProcedure<Definition<void, AccessKey[]>>;
    /**
     * Revokes an access key for good, and closes its connections. Idempotent.
     * Errors: KEY_NOT_FOUND.
     */
    revoke: TRPCMutationProcedure<Definition<KeyInput, AccessKey>>;
  };
  traces: {
    /**
     * Exports the spans of a page of earlier runs again, under the same ids. Returns when the receiver has
     * accepted them.
     */
    export: TRPCMutationProcedure<Definition<ExportTracesInput, ExportedTraces>>;
  };
  audit: {
    /**
     * Returns who did what, of all owners and all nodes, oldest first: starts, commands, links and deletions of
     * runs, accesses of administrators to runs of other owners, changes of access keys, and sessions.
     */
    list: TRPCQueryProcedure<Definition<AuditInput, AuditPage>>;
  };
  session: {
    /**
     * Replaces the identity of this WebSocket connection for all later calls: its permissions and its expiry. The
     * token must be of the same owner; one that is rejected changes nothing. Over HTTP it only checks the token.
     */
    refresh: TRPCMutationProcedure<Definition<RefreshInput, Identity>>;
  };
  server: {
    /** Returns the version, roles, models, capabilities and limits of the server. */
    info: TRPCQueryProcedure<Definition<void, ServerInfo>>;
  };
}>;
