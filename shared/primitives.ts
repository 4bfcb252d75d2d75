import { z } from 'zod';
import { maxModelRefChars, modelRefPattern, rolePattern, runIdPattern } from './id-patterns.ts';
import { maxPartsPerFile } from './text/max-parts-per-file.ts';
export { TraceParent } from './trace-parent.ts';

/** Names and values that events, commands and state are made of. */

export const RunId = z.string().regex(runIdPattern).meta({ id: 'RunId' });

export const CommandId = z.uuid().meta({ id: 'CommandId' });

export const Role = z.string().regex(rolePattern).meta({ id: 'Role' });

export const ModelRef = z.string().max(maxModelRefChars).regex(modelRefPattern).meta({ id: 'ModelRef' });

export const Instant = z.iso.datetime({ precision: 3 }).meta({ id: 'Instant' });

export const Cursor = z.string().meta({ id: 'Cursor' });

export const Seq = z.int().positive();
export const Ordinal = z.int().positive();
export const Count = z.int().nonnegative();

export const Format = z.enum(['markdown', 'code', 'json']).meta({ id: 'Format' });

export const Status = z
  .enum(['queued', 'running', 'completed', 'failed', 'cancelled'])
  .meta({ id: 'Status' });

/** A run's status as lists show it. */
export const SummaryStatus = z.enum([...Status.options, 'unreadable']).meta({
  id: 'SummaryStatus',
});

export const Actor = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['anonymous', 'user', 'bot', 'system']),
    name: z.string().optional(),
  })
  .meta({ id: 'Actor' });

export const Usage = z
  .strictObject({
    inputTokens: Count,
    outputTokens: Count,
    reasoningTokens: Count,
    cachedInputTokens: Count.optional(),
    cacheWriteInputTokens: Count.optional(),
    source: z.enum(['final', 'partial', 'estimated']),
  })
  .meta({
    id: 'Usage',
  });

/** A non-negative decimal number in its shortest form, exact: never a JSON number. */
export const Amount = z
  .string()
  .regex(/^\d{1,18}(?:\.\d{1,12})?$/)
  .meta({ id: 'Amount' });

export const Currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .meta({ id: 'Currency' });

export const PriceDate = z.iso.date().meta({ id: 'PriceDate' });

/** The cost of one attempt. */
export const Cost = z
  .strictObject({
    amount: Amount,
    currency: Currency,
    pricesOf: PriceDate,
    estimated: z.literal(true).optional(),
  })
  .meta({ id: 'Cost' });

/** The cost of the attempts of a stage or a run together. */
export const TotalCost = z
  .strictObject({
    amount: Amount,
    currency: Currency,
    estimated: z.literal(true).optional(),
    unpricedAttempts: Count,
  })
  .meta({ id: 'TotalCost' });

/** Reason of a failure, more specific than its code. */
export const FailureReason = z
  .enum([
    'output_limit',
    'tool_call',
    'empty',
    'thought_unfinished',
    'no_file',
    'file_open',
    'file_elided',
    'review_unreadable',
    'review_without_issues',
    'rate_limit',
    'quota',
    'wait_too_long',
    'wrong_address',
    'model_unknown',
  ])
  .meta({
    id: 'FailureReason',
  });

/** The budget of a run that ended it, and what the run has used of it. */
export const ReachedLimit = z
  .discriminatedUnion('limit', [
    z.strictObject({ limit: z.literal('maxTokens'), used: Count, max: Count }),
    z.strictObject({ limit: z.literal('maxCost'), used: Amount, max: Amount, currency: Currency }),
  ])
  .meta({ id: 'ReachedLimit' });

export const Failure = z
  .strictObject({
    code: z.enum([
      'PROVIDER_UNAVAILABLE',
      'PROVIDER_REFUSED',
      'PROVIDER_AUTH',
      'PROVIDER_TRUNCATED',
      'PROVIDER_STALLED',
      'CONTEXT_TOO_LONG',
      'OUTPUT_INVALID',
      'LIMIT_REACHED',
      'INTERNAL',
    ]),
    message: z.string(),
    retryable: z.boolean(),
    reason: FailureReason.optional(),
    details: ReachedLimit.optional(),
  })
  .meta({ id: 'Failure' });

export const Verdict = z.enum(['approved', 'changes_requested', 'unknown']).meta({ id: 'Verdict' });
export const RunVerdict = z
  .enum(['approved', 'changes_requested', 'unknown', 'none'])
  .meta({ id: 'RunVerdict' });

export const ReviewIssue = z
  .strictObject({
    severity: z.enum(['blocker', 'major', 'minor', 'nit']),
    message: z.string(),
    file: z.string().optional(),
    line: z.int().positive().optional(),
    suggestion: z.string().optional(),
  })
  .meta({ id: 'ReviewIssue' });

export const FinishReason = z.enum(['stop', 'length', 'other']).meta({ id: 'FinishReason' });

/** A piece of an attempt's text, in UTF-16 units. */
export const TextPart = z.strictObject({ offset: Count, chars: Count }).meta({ id: 'TextPart' });

/** The content of a file: the concatenation of these pieces, in this order. */
export const TextParts = z.array(TextPart).min(1).max(maxPartsPerFile);

export const SkipReason = z
  .enum([
    'no_path',
    'path_refused',
    'open',
    'nested',
    'elided',
    'excerpt',
    'diff',
    'duplicate',
    'too_many',
    'no_such_file',
  ])
  .meta({
    id: 'SkipReason',
  });

export const Effort = z.enum(['low', 'medium', 'high']).meta({ id: 'Effort' });

export const RoleSettings = z
  .strictObject({
    effort: Effort.optional(),
    maxOutputTokens: z.int().min(1).max(10_000_000).optional(),
  })
  .meta({ id: 'RoleSettings' });
export const AttemptCause = z
  .enum(['plan', 'review', 'steer', 'redirect', 'retry', 'repair', 'resume', 'continue', 'fork'])
  .meta({ id: 'AttemptCause' });

/** What a stage waits for. */
export const StagePhase = z
  .enum(['connecting', 'first-token', 'reasoning', 'stalled', 'backoff', 'call-queued', 'throttled'])
  .meta({ id: 'StagePhase' });

export const DropReason = z
  .enum(['run_cancelled', 'run_completed', 'run_failed', 'superseded'])
  .meta({ id: 'DropReason' });

export const AttemptTarget = z
  .strictObject({ stage: Ordinal, role: Role, attempt: Ordinal })
  .meta({ id: 'AttemptTarget' });

/** Names the owner of runs: without control characters, which could change what a terminal shows. */
export const Owner = z
  .string()
  .min(1)
  .max(256)
  .regex(/^\P{C}+$/u)
  .meta({ id: 'Owner' });

/** What a caller may do. */
export const Permission = z
  .enum(['runs:read', 'runs:start', 'runs:control', 'runs:delete', 'metrics:read', 'admin'])
  .meta({ id: 'Permission' });

/** A way to authenticate. */
export const AuthMethod = z.enum(['keys', 'jwt', 'proxy']).meta({ id: 'AuthMethod' });

/** What the bearer of a link to a run may do: `control` includes `read`. */
export const LinkAccess = z.enum(['read', 'control']).meta({ id: 'LinkAccess' });

/** Identifies a link to a run. It follows from the run and the command that created it, and is not secret. */
export const ShareId = z
  .string()
  .regex(/^[0-9a-f]{16}$/)
  .meta({ id: 'ShareId' });

/** Identifies an access key. It is random and not secret. */
export const KeyId = z
  .string()
  .regex(/^[0-9a-f]{16}$/)
  .meta({ id: 'KeyId' });

/** SHA-256 of an access key, in hexadecimal. */
export const KeyHash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ id: 'KeyHash' });

/** The run that a run starts from, and where. */
export const StartFrom = z
  .strictObject({ runId: RunId, stage: Ordinal.optional(), attempt: Ordinal.optional() })
  .refine(({ stage, attempt }) => attempt === undefined || stage !== undefined, {
    error: 'requires `stage`',
    path: ['attempt'],
  })
  .meta({ id: 'StartFrom' });

/** `StartFrom` as it was resolved, with the tasks before that of the run. */
export const Lineage = z
  .strictObject({ ...StartFrom.shape, tasks: z.array(z.string()) })
  .meta({ id: 'Lineage' });

/** The event that an event of another run was copied from. */
export const InheritedFrom = z
  .strictObject({ runId: RunId, seq: Seq, at: Instant })
  .meta({ id: 'InheritedFrom' });

export const Pipeline = z
  .strictObject({ roles: z.array(Role), maxRefinements: z.int().min(0).max(5) })
  .meta({ id: 'Pipeline' });

/** `all`, or the name of a role, to the text appended to the prompts. */
export const Instructions = z.record(Role, z.string()).meta({ id: 'Instructions' });

/** `default`, or the name of a role, to a model. */
export const Models = z.record(Role, ModelRef).meta({ id: 'Models' });

/** The name of a role to how its model is called; absent fields are chosen by the server or the provider. */
export const Settings = z.record(Role, RoleSettings).meta({ id: 'Settings' });

export const RunLimits = z
  .strictObject({
    maxAttemptsPerStage: z.int().positive(),
    maxDurationMs: z.int().positive(),
    maxTokens: z.int().positive().optional(),
    maxCost: Amount.optional(),
    currency: Currency.optional(),
  })
  .meta({ id: 'RunLimits' });

export const Labels = z.record(z.string().min(1).max(64), z.string().max(256)).meta({ id: 'Labels' });

export type AuthMethod = z.infer<typeof AuthMethod>;
export type LinkAccess = z.infer<typeof LinkAccess>;
export type Permission = z.infer<typeof Permission>;
export type Role = z.infer<typeof Role>;
export type StartFrom = z.infer<typeof StartFrom>;
export type Lineage = z.infer<typeof Lineage>;
export type InheritedFrom = z.infer<typeof InheritedFrom>;
export type Format = z.infer<typeof Format>;
export type Status = z.infer<typeof Status>;
export type SummaryStatus = z.infer<typeof SummaryStatus>;
export type Actor = z.infer<typeof Actor>;
export type Usage = z.infer<typeof Usage>;
export type Cost = z.infer<typeof Cost>;
export type TotalCost = z.infer<typeof TotalCost>;
export type Failure = z.infer<typeof Failure>;
export type Verdict = z.infer<typeof Verdict>;
export type RunVerdict = z.infer<typeof RunVerdict>;
export type ReviewIssue = z.infer<typeof ReviewIssue>;
export type ReachedLimit = z.infer<typeof ReachedLimit>;
export type RunLimits = z.infer<typeof RunLimits>;
export type FailureReason = z.infer<typeof FailureReason>;
export type FinishReason = z.infer<typeof FinishReason>;
export type TextPart = z.infer<typeof TextPart>;
export type SkipReason = z.infer<typeof SkipReason>;
export type Effort = z.infer<typeof Effort>;
export type RoleSettings = z.infer<typeof RoleSettings>;
export type Settings = z.infer<typeof Settings>;
export type AttemptCause = z.infer<typeof AttemptCause>;
export type DropReason = z.infer<typeof DropReason>;
export type AttemptTarget = z.infer<typeof AttemptTarget>;
