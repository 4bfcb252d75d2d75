import { z } from 'zod';
import { Command } from './commands.ts';
import {
  Actor,
  AttemptCause,
  AttemptTarget,
  CommandId,
  Count,
  Cursor,
  DropReason,
  Failure,
  Format,
  Instant,
  Instructions,
  Labels,
  ModelRef,
  Models,
  Ordinal,
  Pipeline,
  ReviewIssue,
  Role,
  RunId,
  RunLimits,
  RunVerdict,
  Seq,
  Status,
  Usage,
  Verdict,
} from './primitives.ts';

/** What the fold makes of a run's events. */

export const AttemptState = z
  .strictObject({
    attempt: Ordinal,
    status: z.enum(['running', 'completed', 'interrupted', 'cancelled', 'failed']),
    cause: AttemptCause,
    model: ModelRef,
    text: z.string(),
    reasoning: z.string(),
    keptChars: Count,
    commandIds: z.array(CommandId),
    startedAt: Instant,
    endedAt: Instant.optional(),
    usage: Usage.nullable(),
    ttftMs: Count.optional(),
    durationMs: Count.optional(),
    failure: Failure.optional(),
    retryInMs: Count.optional(),
  })
  .meta({ id: 'AttemptState' });

export const StageState = z
  .strictObject({
    stage: Ordinal,
    role: Role,
    format: Format,
    status: z
      .enum(['running', 'waiting', 'completed', 'interrupted', 'cancelled', 'failed'])
      .meta({ description: 'waiting: in backoff before the next attempt' }),
    attempts: z.array(AttemptState),
  })
  .meta({ id: 'StageState' });

export const CommandState = z
  .strictObject({
    commandId: CommandId,
    kind: z.enum(['steer', 'redirect', 'cancel']),
    actor: Actor,
    status: z.enum(['accepted', 'applied', 'dropped']),
    reason: DropReason.optional(),
    at: Instant,
    command: Command,
    target: AttemptTarget.nullable(),
    cursor: Cursor.meta({ description: 'of its command.accepted, as in its receipt' }),
    appliedTo: z.strictObject({ stage: Ordinal.nullable(), attempt: Ordinal.nullable() }).optional(),
  })
  .meta({ id: 'CommandState' });

export const ReviewState = z
  .strictObject({
    stage: Ordinal,
    attempt: Ordinal,
    verdict: Verdict.nullable().meta({ description: 'null while the reviewer writes' }),
    issues: z.array(ReviewIssue),
  })
  .meta({ id: 'ReviewState' });

export const FileState = z
  .strictObject({
    path: z.string(),
    language: z.string(),
    stage: Ordinal,
    attempt: Ordinal,
    offset: Count,
    chars: Count,
  })
  .meta({
    id: 'FileState',
    description: 'Where the latest text of a path stands: a part of an attempt’s text.',
  });

export const RunState = z
  .strictObject({
    runId: RunId,
    status: Status,
    task: z.string(),
    owner: z.string(),
    actor: Actor,
    labels: Labels,
    pipeline: Pipeline,
    instructions: Instructions,
    models: Models,
    limits: RunLimits,
    plan: z.array(Role).meta({ description: 'roles whose stage has not started, the coming one first' }),
    stages: z.array(StageState),
    commands: z.array(CommandState),
    review: ReviewState.nullable(),
    files: z.array(FileState),
    usage: Usage,
    verdict: RunVerdict.optional(),
    failure: Failure.optional(),
    queuedAt: Instant,
    startedAt: Instant.optional(),
    updatedAt: Instant,
    endedAt: Instant.optional(),
    epoch: Ordinal,
    seq: Seq,
    cursor: Cursor,
  })
  .meta({ id: 'RunState' });

export const RunSummary = z
  .strictObject({
    runId: RunId,
    status: Status,
    task: z.string().meta({ description: 'its first 200 characters' }),
    owner: z.string(),
    labels: Labels,
    queuedAt: Instant,
    startedAt: Instant.optional(),
    endedAt: Instant.optional(),
    current: AttemptTarget.nullable().meta({
      description: 'the stage that runs or waits; null before and after',
    }),
    verdict: RunVerdict.optional(),
  })
  .meta({ id: 'RunSummary' });

export const RunFile = z
  .strictObject({
    path: z.string(),
    language: z.string(),
    text: z.string(),
    stage: Ordinal,
    attempt: Ordinal,
  })
  .meta({ id: 'RunFile' });

export type AttemptState = z.infer<typeof AttemptState>;
export type StageState = z.infer<typeof StageState>;
export type CommandState = z.infer<typeof CommandState>;
export type ReviewState = z.infer<typeof ReviewState>;
export type FileState = z.infer<typeof FileState>;
export type RunState = z.infer<typeof RunState>;
export type RunSummary = z.infer<typeof RunSummary>;
export type RunFile = z.infer<typeof RunFile>;
