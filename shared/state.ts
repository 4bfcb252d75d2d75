import { z } from 'zod';
import { Command } from './commands.ts';
import { RunShare } from './links.ts';
import {
  Actor,
  AttemptCause,
  AttemptTarget,
  CommandId,
  Cost,
  Count,
  Cursor,
  DropReason,
  Failure,
  FinishReason,
  Format,
  InheritedFrom,
  Instant,
  Instructions,
  Labels,
  Lineage,
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
  StartFrom,
  Status,
  SummaryStatus,
  TextParts,
  TotalCost,
  Usage,
  Verdict,
} from './primitives.ts';

/** The state of a run, as the fold computes it. */

export const SkippedBlock = z
  .strictObject({ reason: SkipReason, path: z.string().optional(), offset: Count, chars: Count })
  .meta({ id: 'SkippedBlock' });

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
    cost: Cost.optional(),
    ttftMs: Count.optional(),
    durationMs: Count.optional(),
    failure: Failure.optional(),
    retryInMs: Count.optional(),
    skipped: z.array(SkippedBlock),
    inheritedFrom: InheritedFrom.optional(),
  })
  .meta({ id: 'AttemptState' });

export const StageState = z
  .strictObject({
    stage: Ordinal,
    role: Role,
    format: Format,
    status: z.enum(['running', 'backoff', 'completed', 'interrupted', 'cancelled', 'failed']),
    finishReason: FinishReason.optional(),
    cost: TotalCost.optional(),
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
    cursor: Cursor,
    appliedTo: z.strictObject({ stage: Ordinal.nullable(), attempt: Ordinal.nullable() }).optional(),
  })
  .meta({ id: 'CommandState' });

export const ReviewState = z
  .strictObject({
    stage: Ordinal,
    attempt: Ordinal,
    verdict: Verdict.nullable(),
    issues: z.array(ReviewIssue),
    problems: z.array(z.string()).optional(),
  })
  .meta({ id: 'ReviewState' });

export const FileOrigin = z.enum(['input', 'stage']).meta({
  id: 'FileOrigin',
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
  });

export const FileChanges = z
  .strictObject({
    stage: Ordinal.optional(),
    attempt: Ordinal.optional(),
    files: z.array(z.strictObject({ path: z.string(), file: FileState.nullable() })),
  })
  .meta({ id: 'FileChanges' });

export const RunState = z
  .strictObject({
    runId: RunId,
    status: Status,
    task: z.string(),
    owner: z.string(),
    actor: Actor,
    labels: Labels,
    from: Lineage.optional(),
    pipeline: Pipeline,
    instructions: Instructions,
    models: Models,
    settings: Settings,
    limits: RunLimits,
    plan: z.array(Role),
    stages: z.array(StageState),
    commands: z.array(CommandState),
    shares: z.array(RunShare),
    review: ReviewState.nullable(),
    reviews: z.array(ReviewState),
    files: z.array(FileState),
    fileHistory: z.array(FileChanges).optional(),
    usage: Usage,
    cost: TotalCost.optional(),
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
    problem: z.string().optional(),
    task: z.string(),
    owner: z.string(),
    labels: Labels,
    from: StartFrom.optional(),
    queuedAt: Instant,
    startedAt: Instant.optional(),
    endedAt: Instant.optional(),
    current: AttemptTarget.nullable(),
    verdict: RunVerdict.optional(),
    cost: TotalCost.optional(),
    shares: z.array(RunShare).optional(),
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
    exact: z.boolean(),
  })
  .meta({ id: 'RunPrompt' });

export type AttemptState = z.infer<typeof AttemptState>;
export type StageState = z.infer<typeof StageState>;
export type CommandState = z.infer<typeof CommandState>;
export type ReviewState = z.infer<typeof ReviewState>;
export type SkippedBlock = z.infer<typeof SkippedBlock>;
export type FileState = z.infer<typeof FileState>;
export type FileChanges = z.infer<typeof FileChanges>;
export type RunState = z.infer<typeof RunState>;
export type RunSummary = z.infer<typeof RunSummary>;
export type RunFile = z.infer<typeof RunFile>;
export type RunPrompt = z.infer<typeof RunPrompt>;
