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
  FinishReason,
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
  Settings,
  SkipReason,
  Status,
  SummaryStatus,
  TextParts,
  Usage,
  Verdict,
} from './primitives.ts';

/** What the fold makes of a run's events. */

export const SkippedBlock = z
  .strictObject({ reason: SkipReason, path: z.string().optional(), offset: Count, chars: Count })
  .meta({ id: 'SkippedBlock', description: 'A code block that became no file of the run, and why.' });

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
    skipped: z.array(SkippedBlock),
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
    finishReason: FinishReason.optional().meta({
      description: 'of a completed stage; length: its text is cut off',
    }),
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
    problems: z
      .array(z.string())
      .optional()
      .meta({ description: 'what of the review could not be read, or was read in spite of its form' }),
  })
  .meta({ id: 'ReviewState' });

export const FileOrigin = z.enum(['input', 'stage']).meta({
  id: 'FileOrigin',
  description: 'input: a context file; stage: written by a role. stage and attempt are absent for input.',
});

export const FileState = z
  .strictObject({
    path: z.string(),
    language: z.string(),
    from: FileOrigin,
    stage: Ordinal.optional(),
    attempt: Ordinal.optional(),
    parts: TextParts,
    elided: z.literal(true).optional(),
  })
  .meta({
    id: 'FileState',
    description:
      'Where the latest text of a path stands: pieces of an attempt’s text, or the whole of a context file.',
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
    settings: Settings,
    limits: RunLimits,
    plan: z.array(Role).meta({ description: 'roles whose stage has not started, the coming one first' }),
    stages: z.array(StageState),
    commands: z.array(CommandState),
    review: ReviewState.nullable().meta({ description: 'the latest of reviews' }),
    reviews: z
      .array(ReviewState)
      .meta({ description: 'one per attempt of a reviewer that noted or recorded anything, oldest first' }),
    files: z
      .array(FileState)
      .meta({ description: 'the files as they are now, by their last change, oldest first' }),
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
    status: SummaryStatus,
    problem: z.string().optional().meta({
      description: 'of an unreadable run: what is damaged. Other fields are empty where they cannot be read',
    }),
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
    from: FileOrigin,
    stage: Ordinal.optional(),
    attempt: Ordinal.optional(),
    elided: z.literal(true).optional(),
  })
  .meta({ id: 'RunFile' });

export const RunPrompt = z
  .strictObject({
    stage: Ordinal,
    role: Role,
    attempt: Ordinal,
    model: ModelRef,
    system: z.string(),
    messages: z.array(z.strictObject({ role: z.enum(['user', 'assistant']), text: z.string() })),
    exact: z.boolean().meta({
      description: 'false: this server makes another prompt of the log than the one that was sent',
    }),
  })
  .meta({ id: 'RunPrompt', description: 'What the model of an attempt was asked.' });

export type AttemptState = z.infer<typeof AttemptState>;
export type StageState = z.infer<typeof StageState>;
export type CommandState = z.infer<typeof CommandState>;
export type ReviewState = z.infer<typeof ReviewState>;
export type SkippedBlock = z.infer<typeof SkippedBlock>;
export type FileState = z.infer<typeof FileState>;
export type RunState = z.infer<typeof RunState>;
export type RunSummary = z.infer<typeof RunSummary>;
export type RunFile = z.infer<typeof RunFile>;
export type RunPrompt = z.infer<typeof RunPrompt>;
