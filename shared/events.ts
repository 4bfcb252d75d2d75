import { z } from 'zod';
import { Command, InputFile } from './commands.ts';
import { linkShape } from './link-shape.ts';
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
  StagePhase,
  TextParts,
  TotalCost,
  Usage,
  Verdict,
  TraceParent,
} from './primitives.ts';

/**
 * The envelope of every event of a run. `firstSeq` is set on the wire only, see PROTOCOL.md, Delivery; `inheritedFrom`
 * in copies only.
 */
const ofRun = {
  runId: RunId,
  seq: Seq,
  firstSeq: Seq.optional(),
  at: Instant,
  inheritedFrom: InheritedFrom.optional(),
};

const ofAttempt = { ...ofRun, stage: Ordinal, role: Role, attempt: Ordinal };
const ofEnding = { ...ofAttempt, chars: Count, usage: Usage, cost: Cost.optional() };
const ofTerminal = { ...ofRun, cost: TotalCost.optional() };

function event<Type extends string, Shape extends z.core.$ZodLooseShape>(type: Type, shape: Shape) {
  return z.strictObject({ type: z.literal(type), ...shape });
}

/** The events in the log: each has its own seq. */
export const durableEvents = [
  event('run.queued', {
    ...ofRun,
    task: z.string(),
    owner: z.string(),
    actor: Actor,
    pipeline: Pipeline,
    instructions: Instructions,
    models: Models,
    settings: Settings.optional(),
    limits: RunLimits,
    labels: Labels,
    from: Lineage.optional(),
    traceparent: TraceParent.optional(),
    digest: z.string(),
  }),
  event('input.recorded', { ...ofRun, ...InputFile.shape }),
  event('run.started', ofRun),
  event('run.planned', {
    ...ofRun,
    roles: z.array(Role),
    cause: z.enum(['start', 'review', 'redirect', 'cancel']),
  }),
  event('run.recovered', {
    ...ofRun,
    reason: z.enum(['restart', 'takeover', 'log']),
    cutOff: z.strictObject({ stage: Ordinal, attempt: Ordinal }).nullable(),
  }),
  event('stage.started', {
    ...ofAttempt,
    model: ModelRef,
    format: Format,
    cause: AttemptCause,
    commandIds: z.array(CommandId),
    keptChars: Count,
    promptHash: z.string().optional(),
    contextTokens: Count.optional(),
  }),
  event('stage.reasoning', { ...ofAttempt, offset: Count, text: z.string() }),
  event('stage.delta', { ...ofAttempt, offset: Count, text: z.string() }),
  event('stage.completed', { ...ofEnding, finishReason: FinishReason, ttftMs: Count, durationMs: Count }),
  event('stage.interrupted', {
    ...ofEnding,
    cause: z.enum(['steer', 'redirect', 'crash', 'length']),
    commandIds: z.array(CommandId),
  }),
  event('stage.cancelled', { ...ofEnding, commandId: CommandId }),
  event('stage.failed', { ...ofEnding, failure: Failure, retryInMs: Count.optional() }),
  event('review.noted', { ...ofAttempt, issue: ReviewIssue }),
  event('review.recorded', {
    ...ofAttempt,
    verdict: Verdict,
    issues: z.array(ReviewIssue),
    problems: z.array(z.string()).max(10).optional(),
  }),
  event('artifact.recorded', {
    ...ofAttempt,
    path: z.string(),
    language: z.string(),
    parts: TextParts,
    elided: z.literal(true).optional(),
  }),
  event('artifact.removed', { ...ofAttempt, path: z.string(), offset: Count, chars: Count }),
  event('artifact.skipped', {
    ...ofAttempt,
    reason: SkipReason,
    path: z.string().optional(),
    offset: Count,
    chars: Count,
  }),
  event('command.accepted', {
    ...ofRun,
    commandId: CommandId,
    actor: Actor,
    command: Command,
    target: AttemptTarget.nullable(),
  }),
  event('command.applied', {
    ...ofRun,
    commandId: CommandId,
    stage: Ordinal.nullable(),
    attempt: Ordinal.nullable(),
  }),
  event('command.dropped', {
    ...ofRun,
    commandId: CommandId,
    reason: DropReason,
    text: z.string().optional(),
  }),
  event('run.shared', { ...ofRun, commandId: CommandId, ...linkShape }),
  event('run.unshared', { ...ofRun, commandId: CommandId, ...linkShape }),
  event('run.completed', { ...ofTerminal, verdict: RunVerdict, usage: Usage, durationMs: Count }),
  event('run.failed', { ...ofTerminal, failure: Failure, stage: Ordinal.nullable() }),
  event('run.cancelled', {
    ...ofTerminal,
    commandId: CommandId,
    actor: Actor,
    reason: z.string().optional(),
  }),
] as const;

/** Heartbeats for one subscriber: they repeat the seq and the cursor that were last sent to it. */
export const transientEvents = [
  event('run.waiting', {
    ...ofRun,
    phase: z.enum(['queued', 'log', 'executor']),
    ahead: Count.optional(),
    elapsedMs: Count,
  }),
  event('stage.waiting', {
    ...ofAttempt,
    phase: StagePhase,
    elapsedMs: Count,
    sinceLastByteMs: Count.optional(),
    retryInMs: Count.optional(),
    ahead: Count.optional(),
  }),
] as const;

/** Not in the log of its run, which is deleted, but in the commit order of all runs: the feed sends it once per cursor. */
export const RunDeleted = event('run.deleted', { ...ofRun, actor: Actor });

const FeedOpened = z.strictObject({ type: z.literal('feed.opened'), at: Instant, cursor: Cursor });

export const DurableEvent = z.discriminatedUnion('type', durableEvents).meta({ id: 'DurableEvent' });
export const TransientEvent = z.discriminatedUnion('type', transientEvents).meta({ id: 'TransientEvent' });

/** Events of `runs.events`. */
export const RunEvent = z
  .discriminatedUnion('type', [...durableEvents, ...transientEvents])
  .meta({ id: 'RunEvent' });

/** Events of `runs.feed`. */
export const FeedEvent = z
  .discriminatedUnion('type', [...durableEvents, RunDeleted, FeedOpened])
  .meta({ id: 'FeedEvent' });

export type DurableEvent = z.infer<typeof DurableEvent>;
export type TransientEvent = z.infer<typeof TransientEvent>;
export type RunDeleted = z.infer<typeof RunDeleted>;
export type RunEvent = z.infer<typeof RunEvent>;
export type FeedEvent = z.infer<typeof FeedEvent>;
export type EventType = DurableEvent['type'];
export type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

type WithoutEnvelope<E> = E extends unknown ? Omit<E, 'runId' | 'seq' | 'firstSeq' | 'at'> : never;

/** An event before it has a position in the log. */
export type EventBody = WithoutEnvelope<DurableEvent>;

/** A transient event before it has the seq of its subscriber. */
export type TransientBody = WithoutEnvelope<TransientEvent>;
