// Written by `npm run generate` from shared/contract.ts and shared/descriptions.ts. Change it there, not here.

import * as commandsSchemas from '@stagewire/shared/commands';
import * as contractSchemas from '@stagewire/shared/contract';
import * as eventsSchemas from '@stagewire/shared/events';
import * as primitivesSchemas from '@stagewire/shared/primitives';
import * as stateSchemas from '@stagewire/shared/state';
import type { z } from 'zod';

export type * from '@stagewire/shared/commands';
export type * from '@stagewire/shared/contract';
export type * from '@stagewire/shared/events';
export type * from '@stagewire/shared/primitives';
export type * from '@stagewire/shared/state';

/** Input of `runs.cancel`: ends the run, or its current stage with the text so far. */
export const CancelInput: typeof commandsSchemas.CancelInput = commandsSchemas.CancelInput;
/** Input of `runs.cancel`: ends the run, or its current stage with the text so far. */
export type CancelInput = z.infer<typeof CancelInput>;

/** A command as it is stored: its whole validated input with defaults filled in, and its `kind`. */
export const Command: typeof commandsSchemas.Command = commandsSchemas.Command;
/** A command as it is stored: its whole validated input with defaults filled in, and its `kind`. */
export type Command = z.infer<typeof Command>;

/**
 * Precondition of a command: `'any'`, no condition; `{stage, attempt?}`, this stage, and this attempt if given,
 * is current; `{role}`, the current stage has this role. While the run is queued only `'any'` matches; in backoff
 * the failed attempt matches.
 */
export const Expect: typeof commandsSchemas.Expect = commandsSchemas.Expect;
/**
 * Precondition of a command: `'any'`, no condition; `{stage, attempt?}`, this stage, and this attempt if given,
 * is current; `{role}`, the current stage has this role. While the run is queued only `'any'` matches; in backoff
 * the failed attempt matches.
 */
export type Expect = z.infer<typeof Expect>;

/** A context file. Its path is a name for the model: the server never accesses it on disk. */
export const InputFile: typeof commandsSchemas.InputFile = commandsSchemas.InputFile;
/** A context file. Its path is a name for the model: the server never accesses it on disk. */
export type InputFile = z.infer<typeof InputFile>;

/**
 * Receipt of a command: it is accepted and durable. Its outcome follows as `command.applied` or
 * `command.dropped`.
 */
export const Receipt: typeof commandsSchemas.Receipt = commandsSchemas.Receipt;
/**
 * Receipt of a command: it is accepted and durable. Its outcome follows as `command.applied` or
 * `command.dropped`.
 */
export type Receipt = z.infer<typeof Receipt>;

/** Input of `runs.redirect`: ends the current stage and continues with another role. */
export const RedirectInput: typeof commandsSchemas.RedirectInput = commandsSchemas.RedirectInput;
/** Input of `runs.redirect`: ends the current stage and continues with another role. */
export type RedirectInput = z.infer<typeof RedirectInput>;

/** Input of `runs.start`. Strict: an unknown field is INVALID_INPUT. */
export const StartInput: typeof commandsSchemas.StartInput = commandsSchemas.StartInput;
/** Input of `runs.start`. Strict: an unknown field is INVALID_INPUT. */
export type StartInput = z.infer<typeof StartInput>;

/** Receipt of a start: the run is queued and durable. */
export const StartReceipt: typeof commandsSchemas.StartReceipt = commandsSchemas.StartReceipt;
/** Receipt of a start: the run is queued and durable. */
export type StartReceipt = z.infer<typeof StartReceipt>;

/** Input of `runs.steer`: an instruction for the model. */
export const SteerInput: typeof commandsSchemas.SteerInput = commandsSchemas.SteerInput;
/** Input of `runs.steer`: an instruction for the model. */
export type SteerInput = z.infer<typeof SteerInput>;

/**
 * Confirms that a run is deleted: no call returns any of its data from now on. The same for every call of its
 * owner.
 */
export const DeleteReceipt: typeof contractSchemas.DeleteReceipt = contractSchemas.DeleteReceipt;
/**
 * Confirms that a run is deleted: no call returns any of its data from now on. The same for every call of its
 * owner.
 */
export type DeleteReceipt = z.infer<typeof DeleteReceipt>;

/** Input of `runs.events`. */
export const EventsInput: typeof contractSchemas.EventsInput = contractSchemas.EventsInput;
/** Input of `runs.events`. */
export type EventsInput = z.infer<typeof EventsInput>;

/** Input of `runs.feed`. */
export const FeedInput: typeof contractSchemas.FeedInput = contractSchemas.FeedInput;
/** Input of `runs.feed`. */
export type FeedInput = z.infer<typeof FeedInput>;

/** Input of `runs.files`. */
export const FilesInput: typeof contractSchemas.FilesInput = contractSchemas.FilesInput;
/** Input of `runs.files`. */
export type FilesInput = z.infer<typeof FilesInput>;

/** Who a caller is, and what it may do. */
export const Identity: typeof contractSchemas.Identity = contractSchemas.Identity;
/** Who a caller is, and what it may do. */
export type Identity = z.infer<typeof Identity>;

/** Input of `runs.list`. */
export const ListInput: typeof contractSchemas.ListInput = contractSchemas.ListInput;
/** Input of `runs.list`. */
export type ListInput = z.infer<typeof ListInput>;

/** Input of `runs.prompt`: identifies an attempt. */
export const PromptInput: typeof contractSchemas.PromptInput = contractSchemas.PromptInput;
/** Input of `runs.prompt`: identifies an attempt. */
export type PromptInput = z.infer<typeof PromptInput>;

/** Input of `runs.get` and `runs.delete`: identifies a run. */
export const RunInput: typeof contractSchemas.RunInput = contractSchemas.RunInput;
/** Input of `runs.get` and `runs.delete`: identifies a run. */
export type RunInput = z.infer<typeof RunInput>;

/** A page of runs. */
export const RunPage: typeof contractSchemas.RunPage = contractSchemas.RunPage;
/** A page of runs. */
export type RunPage = z.infer<typeof RunPage>;

/** Version, roles, models, capabilities and limits of a server. */
export const ServerInfo: typeof contractSchemas.ServerInfo = contractSchemas.ServerInfo;
/** Version, roles, models, capabilities and limits of a server. */
export type ServerInfo = z.infer<typeof ServerInfo>;

/** Every procedure by its path, with the schemas of its input and its output. */
export const contract: typeof contractSchemas.contract = contractSchemas.contract;

/** An event that is committed to the log of its run. */
export const DurableEvent: typeof eventsSchemas.DurableEvent = eventsSchemas.DurableEvent;
/** An event that is committed to the log of its run. */
export type DurableEvent = z.infer<typeof DurableEvent>;

/**
 * An event of `runs.feed`: all durable events except `input.recorded` and deltas; `stage.delta` on request; and
 * `run.deleted`. The `seq` of a run has gaps here.
 */
export const FeedEvent: typeof eventsSchemas.FeedEvent = eventsSchemas.FeedEvent;
/**
 * An event of `runs.feed`: all durable events except `input.recorded` and deltas; `stage.delta` on request; and
 * `run.deleted`. The `seq` of a run has gaps here.
 */
export type FeedEvent = z.infer<typeof FeedEvent>;

/**
 * A run was deleted by `runs.delete`. It is sent whatever labels the feed selects, since the labels of the run
 * are deleted too. No event of the run follows.
 */
export const RunDeleted: typeof eventsSchemas.RunDeleted = eventsSchemas.RunDeleted;
/**
 * A run was deleted by `runs.delete`. It is sent whatever labels the feed selects, since the labels of the run
 * are deleted too. No event of the run follows.
 */
export type RunDeleted = z.infer<typeof RunDeleted>;

/** An event of `runs.events`. Open: skip unknown types, but advance past their `seq`. */
export const RunEvent: typeof eventsSchemas.RunEvent = eventsSchemas.RunEvent;
/** An event of `runs.events`. Open: skip unknown types, but advance past their `seq`. */
export type RunEvent = z.infer<typeof RunEvent>;

/** An event that fills a gap and is not in the log. */
export const TransientEvent: typeof eventsSchemas.TransientEvent = eventsSchemas.TransientEvent;
/** An event that fills a gap and is not in the log. */
export type TransientEvent = z.infer<typeof TransientEvent>;

/** The schema of every durable event, by its type. */
export const durableEvents: typeof eventsSchemas.durableEvents = eventsSchemas.durableEvents;

/** The schema of every transient event, by its type. */
export const transientEvents: typeof eventsSchemas.transientEvents = eventsSchemas.transientEvents;

/** The principal that made a call. */
export const Actor: typeof primitivesSchemas.Actor = primitivesSchemas.Actor;
/** The principal that made a call. */
export type Actor = z.infer<typeof Actor>;

/**
 * An amount of money: a decimal number in its shortest form, at most 12 decimals, for example `0.01234`. Exact,
 * not rounded. Add amounts as decimals or integers; floating-point numbers lose digits.
 */
export const Amount: typeof primitivesSchemas.Amount = primitivesSchemas.Amount;
/**
 * An amount of money: a decimal number in its shortest form, at most 12 decimals, for example `0.01234`. Exact,
 * not rounded. Add amounts as decimals or integers; floating-point numbers lose digits.
 */
export type Amount = z.infer<typeof Amount>;

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
export const AttemptCause: typeof primitivesSchemas.AttemptCause = primitivesSchemas.AttemptCause;
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
export type AttemptCause = z.infer<typeof AttemptCause>;

/** An attempt of a run with its role: the target of a command. */
export const AttemptTarget: typeof primitivesSchemas.AttemptTarget = primitivesSchemas.AttemptTarget;
/** An attempt of a run with its role: the target of a command. */
export type AttemptTarget = z.infer<typeof AttemptTarget>;

/**
 * A way to authenticate.
 * - `keys`: a key of the server, as a bearer token
 * - `jwt`: a token of an OpenID Connect provider, as a bearer token
 * - `proxy`: headers that a trusted proxy sets
 */
export const AuthMethod: typeof primitivesSchemas.AuthMethod = primitivesSchemas.AuthMethod;
/**
 * A way to authenticate.
 * - `keys`: a key of the server, as a bearer token
 * - `jwt`: a token of an OpenID Connect provider, as a bearer token
 * - `proxy`: headers that a trusted proxy sets
 */
export type AuthMethod = z.infer<typeof AuthMethod>;

/**
 * Idempotency key of a command within its run: a UUID that the client generates. The same id with the same body
 * returns the stored receipt; the command is applied only once.
 */
export const CommandId: typeof primitivesSchemas.CommandId = primitivesSchemas.CommandId;
/**
 * Idempotency key of a command within its run: a UUID that the client generates. The same id with the same body
 * returns the stored receipt; the command is applied only once.
 */
export type CommandId = z.infer<typeof CommandId>;

/** Cost of one attempt, computed when it ended from its tokens and the price list of the server. */
export const Cost: typeof primitivesSchemas.Cost = primitivesSchemas.Cost;
/** Cost of one attempt, computed when it ended from its tokens and the price list of the server. */
export type Cost = z.infer<typeof Cost>;

/** A whole number from 0. */
export const Count: typeof primitivesSchemas.Count = primitivesSchemas.Count;
/** A whole number from 0. */
export type Count = z.infer<typeof Count>;

/** Currency as a code of three capital letters (ISO 4217), for example `USD`. */
export const Currency: typeof primitivesSchemas.Currency = primitivesSchemas.Currency;
/** Currency as a code of three capital letters (ISO 4217), for example `USD`. */
export type Currency = z.infer<typeof Currency>;

/**
 * Position of a subscriber in one run or in the feed. Opaque, at most about 50 chars. Store it and send it back
 * as `lastEventId`; do not parse or compare it.
 */
export const Cursor: typeof primitivesSchemas.Cursor = primitivesSchemas.Cursor;
/**
 * Position of a subscriber in one run or in the feed. Opaque, at most about 50 chars. Store it and send it back
 * as `lastEventId`; do not parse or compare it.
 */
export type Cursor = z.infer<typeof Cursor>;

/**
 * Why an accepted command was dropped.
 * - `run_cancelled`: the run was cancelled
 * - `run_completed`: the run completed before the command could be applied
 * - `run_failed`: the run failed
 * - `superseded`: a later redirect or cancel of the stage replaced it
 */
export const DropReason: typeof primitivesSchemas.DropReason = primitivesSchemas.DropReason;
/**
 * Why an accepted command was dropped.
 * - `run_cancelled`: the run was cancelled
 * - `run_completed`: the run completed before the command could be applied
 * - `run_failed`: the run failed
 * - `superseded`: a later redirect or cancel of the stage replaced it
 */
export type DropReason = z.infer<typeof DropReason>;

/**
 * How much a model reasons before it answers. A model without support for it is called without it.
 * - `low`: little
 * - `medium`: a medium amount
 * - `high`: much
 */
export const Effort: typeof primitivesSchemas.Effort = primitivesSchemas.Effort;
/**
 * How much a model reasons before it answers. A model without support for it is called without it.
 * - `low`: little
 * - `medium`: a medium amount
 * - `high`: much
 */
export type Effort = z.infer<typeof Effort>;

/** A failure of an attempt or a run, as part of an event. */
export const Failure: typeof primitivesSchemas.Failure = primitivesSchemas.Failure;
/** A failure of an attempt or a run, as part of an event. */
export type Failure = z.infer<typeof Failure>;

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
export const FailureReason: typeof primitivesSchemas.FailureReason = primitivesSchemas.FailureReason;
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
export type FailureReason = z.infer<typeof FailureReason>;

/**
 * Why the model stopped.
 * - `stop`: the answer was complete
 * - `length`: the model reached its output limit: the text is cut off
 * - `other`: the provider named no reason or another one
 */
export const FinishReason: typeof primitivesSchemas.FinishReason = primitivesSchemas.FinishReason;
/**
 * Why the model stopped.
 * - `stop`: the answer was complete
 * - `length`: the model reached its output limit: the text is cut off
 * - `other`: the provider named no reason or another one
 */
export type FinishReason = z.infer<typeof FinishReason>;

/**
 * Format of the text of a stage; it depends on the role.
 * - `markdown`: prose (architect, documenter)
 * - `code`: prose with files in code blocks (coder, refiner, tester)
 * - `json`: a review as one JSON object (reviewer)
 */
export const Format: typeof primitivesSchemas.Format = primitivesSchemas.Format;
/**
 * Format of the text of a stage; it depends on the role.
 * - `markdown`: prose (architect, documenter)
 * - `code`: prose with files in code blocks (coder, refiner, tester)
 * - `json`: a review as one JSON object (reviewer)
 */
export type Format = z.infer<typeof Format>;

/** Where an event, copied from another run, was first logged. */
export const InheritedFrom: typeof primitivesSchemas.InheritedFrom = primitivesSchemas.InheritedFrom;
/** Where an event, copied from another run, was first logged. */
export type InheritedFrom = z.infer<typeof InheritedFrom>;

/** ISO 8601, UTC, with milliseconds: `2026-11-22T10:15:30.250Z`. */
export const Instant: typeof primitivesSchemas.Instant = primitivesSchemas.Instant;
/** ISO 8601, UTC, with milliseconds: `2026-11-22T10:15:30.250Z`. */
export type Instant = z.infer<typeof Instant>;

/** `all`, or the name of a role → text appended to the prompts of that role. */
export const Instructions: typeof primitivesSchemas.Instructions = primitivesSchemas.Instructions;
/** `all`, or the name of a role → text appended to the prompts of that role. */
export type Instructions = z.infer<typeof Instructions>;

/** SHA-256 of an access key, in hexadecimal. */
export const KeyHash: typeof primitivesSchemas.KeyHash = primitivesSchemas.KeyHash;
/** SHA-256 of an access key, in hexadecimal. */
export type KeyHash = z.infer<typeof KeyHash>;

/** Identifies an access key. It is random and not secret. */
export const KeyId: typeof primitivesSchemas.KeyId = primitivesSchemas.KeyId;
/** Identifies an access key. It is random and not secret. */
export type KeyId = z.infer<typeof KeyId>;

/** Key → value, to filter runs by: keys of 1 to 64 chars, values of up to 256. At most 32 per run. */
export const Labels: typeof primitivesSchemas.Labels = primitivesSchemas.Labels;
/** Key → value, to filter runs by: keys of 1 to 64 chars, values of up to 256. At most 32 per run. */
export type Labels = z.infer<typeof Labels>;

/** The run that a run was started from, and where. */
export const Lineage: typeof primitivesSchemas.Lineage = primitivesSchemas.Lineage;
/** The run that a run was started from, and where. */
export type Lineage = z.infer<typeof Lineage>;

/**
 * What the bearer of a link to a run may do.
 * - `read`: read the run: its events, state and files
 * - `control`: read the run, and steer, redirect and cancel it
 */
export const LinkAccess: typeof primitivesSchemas.LinkAccess = primitivesSchemas.LinkAccess;
/**
 * What the bearer of a link to a run may do.
 * - `read`: read the run: its events, state and files
 * - `control`: read the run, and steer, redirect and cancel it
 */
export type LinkAccess = z.infer<typeof LinkAccess>;

/**
 * A model: `<provider>/<model>` with provider `anthropic`, `openai`, `openrouter`, `ollama` or `compatible`; or
 * `rehearsal`, the built-in simulated model, with an optional shape: `rehearsal/ttft=300,tps=50,seed=7`. At most
 * 300 chars.
 */
export const ModelRef: typeof primitivesSchemas.ModelRef = primitivesSchemas.ModelRef;
/**
 * A model: `<provider>/<model>` with provider `anthropic`, `openai`, `openrouter`, `ollama` or `compatible`; or
 * `rehearsal`, the built-in simulated model, with an optional shape: `rehearsal/ttft=300,tps=50,seed=7`. At most
 * 300 chars.
 */
export type ModelRef = z.infer<typeof ModelRef>;

/** `default`, or the name of a role → model. */
export const Models: typeof primitivesSchemas.Models = primitivesSchemas.Models;
/** `default`, or the name of a role → model. */
export type Models = z.infer<typeof Models>;

/** The number of a stage in its run, or of an attempt in its stage, from 1. */
export const Ordinal: typeof primitivesSchemas.Ordinal = primitivesSchemas.Ordinal;
/** The number of a stage in its run, or of an attempt in its stage, from 1. */
export type Ordinal = z.infer<typeof Ordinal>;

/** Names the owner of runs, such as a person or a team: 1 to 256 chars without control characters. */
export const Owner: typeof primitivesSchemas.Owner = primitivesSchemas.Owner;
/** Names the owner of runs, such as a person or a team: 1 to 256 chars without control characters. */
export type Owner = z.infer<typeof Owner>;

/**
 * What a caller may do.
 * - `runs:read`: read and follow runs
 * - `runs:start`: start runs
 * - `runs:control`: steer, redirect and cancel runs
 * - `runs:delete`: delete runs that have ended
 * - `metrics:read`: read metrics and details of the health of the server
 * - `admin`: everything, also with the runs of every owner
 */
export const Permission: typeof primitivesSchemas.Permission = primitivesSchemas.Permission;
/**
 * What a caller may do.
 * - `runs:read`: read and follow runs
 * - `runs:start`: start runs
 * - `runs:control`: steer, redirect and cancel runs
 * - `runs:delete`: delete runs that have ended
 * - `metrics:read`: read metrics and details of the health of the server
 * - `admin`: everything, also with the runs of every owner
 */
export type Permission = z.infer<typeof Permission>;

/** The roles of a run. */
export const Pipeline: typeof primitivesSchemas.Pipeline = primitivesSchemas.Pipeline;
/** The roles of a run. */
export type Pipeline = z.infer<typeof Pipeline>;

/** A date without a time: `2026-11-22`. */
export const PriceDate: typeof primitivesSchemas.PriceDate = primitivesSchemas.PriceDate;
/** A date without a time: `2026-11-22`. */
export type PriceDate = z.infer<typeof PriceDate>;

/** A budget of a run that was reached, in two forms by `limit`. */
export const ReachedLimit: typeof primitivesSchemas.ReachedLimit = primitivesSchemas.ReachedLimit;
/** A budget of a run that was reached, in two forms by `limit`. */
export type ReachedLimit = z.infer<typeof ReachedLimit>;

/** One finding of a reviewer. */
export const ReviewIssue: typeof primitivesSchemas.ReviewIssue = primitivesSchemas.ReviewIssue;
/** One finding of a reviewer. */
export type ReviewIssue = z.infer<typeof ReviewIssue>;

/** Name of a role, for example `coder`: 1 to 32 chars, lower case. `server.info` lists the roles of a server. */
export const Role: typeof primitivesSchemas.Role = primitivesSchemas.Role;
/** Name of a role, for example `coder`: 1 to 32 chars, lower case. `server.info` lists the roles of a server. */
export type Role = z.infer<typeof Role>;

/**
 * How the model of a role is called. For absent fields the server uses its configuration for the role or the
 * provider, otherwise the default of the provider.
 */
export const RoleSettings: typeof primitivesSchemas.RoleSettings = primitivesSchemas.RoleSettings;
/**
 * How the model of a role is called. For absent fields the server uses its configuration for the role or the
 * provider, otherwise the default of the provider.
 */
export type RoleSettings = z.infer<typeof RoleSettings>;

/**
 * Identifies a run: `run_` and 8 to 60 letters, digits or hyphens. Generated by the client or the server. Ids
 * that the server or `randomRunId` generates sort by creation time.
 */
export const RunId: typeof primitivesSchemas.RunId = primitivesSchemas.RunId;
/**
 * Identifies a run: `run_` and 8 to 60 letters, digits or hyphens. Generated by the client or the server. Ids
 * that the server or `randomRunId` generates sort by creation time.
 */
export type RunId = z.infer<typeof RunId>;

/** The limits of one run. */
export const RunLimits: typeof primitivesSchemas.RunLimits = primitivesSchemas.RunLimits;
/** The limits of one run. */
export type RunLimits = z.infer<typeof RunLimits>;

/**
 * Verdict of a run: that of its last review.
 * - `approved`: a valid review with no issue above `minor`
 * - `changes_requested`: the review requests changes, or has a `blocker` or a `major` issue
 * - `unknown`: the review could not be read, was ended early, or cannot count as an approval
 * - `none`: no review, or files were changed after the last one
 */
export const RunVerdict: typeof primitivesSchemas.RunVerdict = primitivesSchemas.RunVerdict;
/**
 * Verdict of a run: that of its last review.
 * - `approved`: a valid review with no issue above `minor`
 * - `changes_requested`: the review requests changes, or has a `blocker` or a `major` issue
 * - `unknown`: the review could not be read, was ended early, or cannot count as an approval
 * - `none`: no review, or files were changed after the last one
 */
export type RunVerdict = z.infer<typeof RunVerdict>;

/** The position of a durable event in the log of its run: 1, 2, 3, … without gaps. */
export const Seq: typeof primitivesSchemas.Seq = primitivesSchemas.Seq;
/** The position of a durable event in the log of its run: 1, 2, 3, … without gaps. */
export type Seq = z.infer<typeof Seq>;

/** `default`, or the name of a role → how its model is called. */
export const Settings: typeof primitivesSchemas.Settings = primitivesSchemas.Settings;
/** `default`, or the name of a role → how its model is called. */
export type Settings = z.infer<typeof Settings>;

/** Identifies a link to a run. It follows from the run and the `commandId` of `runs.share`, and is not secret. */
export const ShareId: typeof primitivesSchemas.ShareId = primitivesSchemas.ShareId;
/** Identifies a link to a run. It follows from the run and the `commandId` of `runs.share`, and is not secret. */
export type ShareId = z.infer<typeof ShareId>;

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
export const SkipReason: typeof primitivesSchemas.SkipReason = primitivesSchemas.SkipReason;
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
export type SkipReason = z.infer<typeof SkipReason>;

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
export const StagePhase: typeof primitivesSchemas.StagePhase = primitivesSchemas.StagePhase;
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
export type StagePhase = z.infer<typeof StagePhase>;

/** The run that a run starts from, and where: its stages before that are inherited. */
export const StartFrom: typeof primitivesSchemas.StartFrom = primitivesSchemas.StartFrom;
/** The run that a run starts from, and where: its stages before that are inherited. */
export type StartFrom = z.infer<typeof StartFrom>;

/**
 * Status of a run. Open: a later version may add values.
 * - `queued`: waits in the queue
 * - `running`: started and not ended; in an attempt or in backoff
 * - `completed`: ended by `run.completed`
 * - `failed`: ended by `run.failed`
 * - `cancelled`: ended by `run.cancelled`
 */
export const Status: typeof primitivesSchemas.Status = primitivesSchemas.Status;
/**
 * Status of a run. Open: a later version may add values.
 * - `queued`: waits in the queue
 * - `running`: started and not ended; in an attempt or in backoff
 * - `completed`: ended by `run.completed`
 * - `failed`: ended by `run.failed`
 * - `cancelled`: ended by `run.cancelled`
 */
export type Status = z.infer<typeof Status>;

/**
 * Status of a run as shown in lists.
 * - `queued`: waits in the queue
 * - `running`: started and not ended; in an attempt or in backoff
 * - `completed`: ended by `run.completed`
 * - `failed`: ended by `run.failed`
 * - `cancelled`: ended by `run.cancelled`
 * - `unreadable`: the log of the run is damaged, see `problem`; all calls except `runs.list` are rejected
 */
export const SummaryStatus: typeof primitivesSchemas.SummaryStatus = primitivesSchemas.SummaryStatus;
/**
 * Status of a run as shown in lists.
 * - `queued`: waits in the queue
 * - `running`: started and not ended; in an attempt or in backoff
 * - `completed`: ended by `run.completed`
 * - `failed`: ended by `run.failed`
 * - `cancelled`: ended by `run.cancelled`
 * - `unreadable`: the log of the run is damaged, see `problem`; all calls except `runs.list` are rejected
 */
export type SummaryStatus = z.infer<typeof SummaryStatus>;

/** A piece of the text of an attempt, or of a context file. */
export const TextPart: typeof primitivesSchemas.TextPart = primitivesSchemas.TextPart;
/** A piece of the text of an attempt, or of a context file. */
export type TextPart = z.infer<typeof TextPart>;

/** The parts of an attempt’s text that are the content of a file, in order. */
export const TextParts: typeof primitivesSchemas.TextParts = primitivesSchemas.TextParts;
/** The parts of an attempt’s text that are the content of a file, in order. */
export type TextParts = z.infer<typeof TextParts>;

/** Cost of all attempts of a stage or a run that have ended, without inherited ones. */
export const TotalCost: typeof primitivesSchemas.TotalCost = primitivesSchemas.TotalCost;
/** Cost of all attempts of a stage or a run that have ended, without inherited ones. */
export type TotalCost = z.infer<typeof TotalCost>;

/**
 * The header `traceparent` of W3C Trace Context, version `00`: the ids of a trace and of a span in it, neither
 * zero, and the trace flags.
 */
export const TraceParent: typeof primitivesSchemas.TraceParent = primitivesSchemas.TraceParent;
/**
 * The header `traceparent` of W3C Trace Context, version `00`: the ids of a trace and of a span in it, neither
 * zero, and the trace flags.
 */
export type TraceParent = z.infer<typeof TraceParent>;

/**
 * Tokens of one attempt, or of all attempts of a run together. A sum has the least certain `source` of its parts.
 */
export const Usage: typeof primitivesSchemas.Usage = primitivesSchemas.Usage;
/**
 * Tokens of one attempt, or of all attempts of a run together. A sum has the least certain `source` of its parts.
 */
export type Usage = z.infer<typeof Usage>;

/**
 * Verdict of a review.
 * - `approved`: a valid review with no issue above `minor`
 * - `changes_requested`: the review requests changes, or has a `blocker` or a `major` issue
 * - `unknown`: the review could not be read, was ended early, or cannot count as an approval
 */
export const Verdict: typeof primitivesSchemas.Verdict = primitivesSchemas.Verdict;
/**
 * Verdict of a review.
 * - `approved`: a valid review with no issue above `minor`
 * - `changes_requested`: the review requests changes, or has a `blocker` or a `major` issue
 * - `unknown`: the review could not be read, was ended early, or cannot count as an approval
 */
export type Verdict = z.infer<typeof Verdict>;

/** One execution of a stage, with one call of a model. */
export const AttemptState: typeof stateSchemas.AttemptState = stateSchemas.AttemptState;
/** One execution of a stage, with one call of a model. */
export type AttemptState = z.infer<typeof AttemptState>;

/** A command of a run and its outcome. */
export const CommandState: typeof stateSchemas.CommandState = stateSchemas.CommandState;
/** A command of a run and its outcome. */
export type CommandState = z.infer<typeof CommandState>;

/** The files that one attempt wrote or removed, and context files. */
export const FileChanges: typeof stateSchemas.FileChanges = stateSchemas.FileChanges;
/** The files that one attempt wrote or removed, and context files. */
export type FileChanges = z.infer<typeof FileChanges>;

/**
 * Whether a file is a context file or was written by a role.
 * - `input`: a context file from the input of the start
 * - `stage`: written by a role
 */
export const FileOrigin: typeof stateSchemas.FileOrigin = stateSchemas.FileOrigin;
/**
 * Whether a file is a context file or was written by a role.
 * - `input`: a context file from the input of the start
 * - `stage`: written by a role
 */
export type FileOrigin = z.infer<typeof FileOrigin>;

/** A file of the run, as pieces of the text that wrote it. `runs.files` has the content itself. */
export const FileState: typeof stateSchemas.FileState = stateSchemas.FileState;
/** A file of the run, as pieces of the text that wrote it. `runs.files` has the content itself. */
export type FileState = z.infer<typeof FileState>;

/** The review of one attempt of a reviewer. */
export const ReviewState: typeof stateSchemas.ReviewState = stateSchemas.ReviewState;
/** The review of one attempt of a reviewer. */
export type ReviewState = z.infer<typeof ReviewState>;

/** A file of a run with its text. */
export const RunFile: typeof stateSchemas.RunFile = stateSchemas.RunFile;
/** A file of a run with its text. */
export type RunFile = z.infer<typeof RunFile>;

/** The prompt of an attempt, computed from the log on each request. */
export const RunPrompt: typeof stateSchemas.RunPrompt = stateSchemas.RunPrompt;
/** The prompt of an attempt, computed from the log on each request. */
export type RunPrompt = z.infer<typeof RunPrompt>;

/** The state of a run: the fold of its events up to `seq`. */
export const RunState: typeof stateSchemas.RunState = stateSchemas.RunState;
/** The state of a run: the fold of its events up to `seq`. */
export type RunState = z.infer<typeof RunState>;

/** A run as shown in lists. */
export const RunSummary: typeof stateSchemas.RunSummary = stateSchemas.RunSummary;
/** A run as shown in lists. */
export type RunSummary = z.infer<typeof RunSummary>;

/** A code block that did not become a file of the run, and why. */
export const SkippedBlock: typeof stateSchemas.SkippedBlock = stateSchemas.SkippedBlock;
/** A code block that did not become a file of the run, and why. */
export type SkippedBlock = z.infer<typeof SkippedBlock>;

/** The work of one role at one point of a run. */
export const StageState: typeof stateSchemas.StageState = stateSchemas.StageState;
/** The work of one role at one point of a run. */
export type StageState = z.infer<typeof StageState>;
