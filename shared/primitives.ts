import { z } from 'zod';

/** Names and values that events, commands and state are made of. */

export const RunId = z
  .string()
  .regex(/^run_[A-Za-z0-9-]{8,60}$/)
  .meta({ id: 'RunId', description: 'Identifies a run; time-sortable when the server makes it.' });

export const CommandId = z
  .uuid()
  .meta({ id: 'CommandId', description: 'Made by the client; unique within its run.' });

export const Role = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/)
  .meta({ id: 'Role', description: 'Who does the work; the known ones are in server.info.' });

export const ModelRef = z
  .string()
  .max(300)
  .regex(/^(?:(?:anthropic|openai|openrouter|ollama|compatible)\/\S+|rehearsal(?:\/[a-z0-9=@,.-]*)?)$/)
  .meta({
    id: 'ModelRef',
    description: 'provider/model, or rehearsal with an optional shape: rehearsal/ttft=300,tps=50,seed=7.',
  });

export const Instant = z.iso
  .datetime({ precision: 3 })
  .meta({ id: 'Instant', description: 'ISO 8601, UTC, with milliseconds.' });

export const Cursor = z
  .string()
  .meta({ id: 'Cursor', description: 'Where a follower stands. Opaque; at most some 50 characters.' });

export const Seq = z.int().positive();
export const Ordinal = z.int().positive();
export const Count = z.int().nonnegative();

export const Format = z.enum(['markdown', 'code', 'json']).meta({ id: 'Format' });

export const Status = z
  .enum(['queued', 'running', 'completed', 'failed', 'cancelled'])
  .meta({ id: 'Status' });

export const Actor = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['anonymous', 'user', 'bot', 'system']),
    name: z.string().optional(),
  })
  .meta({ id: 'Actor', description: 'Who asked for something.' });

export const Usage = z
  .strictObject({
    inputTokens: Count,
    outputTokens: Count,
    reasoningTokens: Count,
    cachedInputTokens: Count.optional(),
    source: z.enum(['final', 'partial', 'estimated']),
  })
  .meta({
    id: 'Usage',
    description:
      'Tokens of one attempt or of a sum. outputTokens includes reasoningTokens. final: told by the provider at the end; partial: told before the end; estimated: from characters.',
  });

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
  })
  .meta({ id: 'Failure' });

export const Verdict = z.enum(['approved', 'changes_requested', 'unknown']).meta({ id: 'Verdict' });
export const RunVerdict = z
  .enum(['approved', 'changes_requested', 'unknown', 'none'])
  .meta({ id: 'RunVerdict', description: 'none: no review judges the last code.' });

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
export const AttemptCause = z
  .enum(['plan', 'review', 'steer', 'redirect', 'retry', 'repair', 'resume'])
  .meta({ id: 'AttemptCause' });
export const DropReason = z
  .enum(['run_cancelled', 'run_completed', 'run_failed', 'superseded'])
  .meta({ id: 'DropReason' });

export const AttemptTarget = z
  .strictObject({ stage: Ordinal, role: Role, attempt: Ordinal })
  .meta({ id: 'AttemptTarget', description: 'The attempt that a command was accepted for.' });

export const Pipeline = z
  .strictObject({ roles: z.array(Role), maxRefinements: z.int().min(0).max(5) })
  .meta({ id: 'Pipeline' });

/** `all`, or the name of a role, to the text appended to the prompts. */
export const Instructions = z.record(Role, z.string()).meta({ id: 'Instructions' });

/** `default`, or the name of a role, to a model. */
export const Models = z.record(Role, ModelRef).meta({ id: 'Models' });

export const RunLimits = z
  .strictObject({ maxAttemptsPerStage: z.int().positive(), maxDurationMs: z.int().positive() })
  .meta({ id: 'RunLimits' });

export const Labels = z.record(z.string().min(1).max(64), z.string().max(256)).meta({ id: 'Labels' });

export type Role = z.infer<typeof Role>;
export type Format = z.infer<typeof Format>;
export type Status = z.infer<typeof Status>;
export type Actor = z.infer<typeof Actor>;
export type Usage = z.infer<typeof Usage>;
export type Failure = z.infer<typeof Failure>;
export type Verdict = z.infer<typeof Verdict>;
export type RunVerdict = z.infer<typeof RunVerdict>;
export type ReviewIssue = z.infer<typeof ReviewIssue>;
export type FinishReason = z.infer<typeof FinishReason>;
export type AttemptCause = z.infer<typeof AttemptCause>;
export type DropReason = z.infer<typeof DropReason>;
export type AttemptTarget = z.infer<typeof AttemptTarget>;
