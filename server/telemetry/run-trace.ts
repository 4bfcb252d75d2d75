import { isEnding, isTerminal, type DurableEvent, type EventOf, type Usage } from '@stagewire/shared';
import { addUsage } from './add-usage.ts';
import { createCapturedText, type CapturedText } from './captured-text.ts';
import {
  defined,
  endingAttributes,
  modelAttributes,
  modelNameOf,
  usageAttributes,
  workflowName,
} from './genai-attributes.ts';
import { spanIdOf, tracePlaceOf, type TracePlace } from './span-ids.ts';
import { createSpanEvents, type SpanEvents } from './span-events.ts';
import type { Attributes, SpanLink, SpanRef, TraceSpan } from './trace-span.ts';

export interface RunTraceOptions {
  /** Chars of texts per attribute: 0 for no text at all. @default 0 */
  readonly maxTextChars?: number;
  /** The span of the run that this one was started from. */
  readonly source?: SpanRef | undefined;
}

/** Computes the spans of one run from its events. */
export interface RunTrace {
  /** The seq of the last event that was applied; 0 before the first. */
  readonly seq: number;
  /**
   * Adds the next event of the run, and returns the spans that end with it. Events must come in order; deltas may be left
   * out.
   */
  apply(event: DurableEvent): readonly TraceSpan[];
}

interface OpenAttempt {
  readonly started: EventOf<'stage.started'>;
  readonly events: SpanEvents;
  readonly links: readonly SpanLink[];
  readonly text: CapturedText;
}

interface OpenStage {
  readonly stage: number;
  readonly role: string;
  readonly startMs: number;
  endMs: number;
  attempts: number;
  usage: Usage | undefined;
  verdict: string | undefined;
  failure: string | undefined;
}

/** Pure: the same events give the same spans. */
export function createRunTrace({ maxTextChars = 0, source }: RunTraceOptions = {}): RunTrace {
  let queued: EventOf<'run.queued'> | undefined;
  let place: TracePlace = { traceId: '', isSampled: false };
  let seq = 0;
  let startedMs: number | undefined;
  let stage: OpenStage | undefined;
  let attempt: OpenAttempt | undefined;
  let lastAttempt: SpanRef | undefined;
  let lastReview: SpanRef | undefined;
  const events = createSpanEvents();
  /** The kinds of the commands whose outcome is pending. */
  const kinds = new Map<string, string>();

  function apply(event: DurableEvent): readonly TraceSpan[] {
    seq = event.seq;
    if (event.type === 'run.queued') {
      queued = event;
      place = tracePlaceOf(event);
    }
    // Copies of another run's events are in that run's trace.
    if (queued === undefined || !place.isSampled || event.inheritedFrom !== undefined) return [];
    if (isTerminal(event)) return [...closeStage(), workflowSpan(queued, event)];
    if (isEnding(event)) return endAttempt(event);
    note(event);
    return event.type === 'stage.started' ? startAttempt(event) : [];
  }

  /** What an event adds to spans that are still open. */
  function note(event: DurableEvent): void {
    const atMs = Date.parse(event.at);
    switch (event.type) {
      case 'run.started':
        startedMs ??= atMs;
        break;
      case 'run.recovered':
        events.add({
          name: 'stagewire.run.recovered',
          atMs,
          attributes: { 'stagewire.reason': event.reason },
        });
        break;
      case 'stage.delta':
        attempt?.text.add(event.text);
        break;
      case 'review.recorded':
        if (stage !== undefined) stage.verdict = event.verdict;
        break;
      case 'command.accepted': {
        const { commandId, command, actor, target } = event;
        kinds.set(commandId, command.kind);
        const attributes = defined({
          'stagewire.command.id': commandId,
          'stagewire.command.kind': command.kind,
          'stagewire.command.mode': 'mode' in command ? command.mode : undefined,
          'stagewire.command.target': 'target' in command ? command.target : undefined,
          'stagewire.actor.id': actor.id,
          'stagewire.actor.kind': actor.kind,
        });
        const accepted = { name: 'stagewire.command.accepted', atMs, attributes };
        events.add(accepted);
        if (target?.attempt === attempt?.started.attempt) attempt?.events.add(accepted);
        break;
      }
      case 'command.applied':
      case 'command.dropped': {
        const { commandId } = event;
        const attributes = defined({
          'stagewire.command.id': commandId,
          'stagewire.command.kind': kinds.get(commandId),
          'stagewire.reason': event.type === 'command.dropped' ? event.reason : undefined,
        });
        kinds.delete(commandId);
        events.add({ name: `stagewire.${event.type}`, atMs, attributes });
        break;
      }
      // Events of later versions, and those that no span shows.
      default:
        break;
    }
  }

  function startAttempt(event: EventOf<'stage.started'>): readonly TraceSpan[] {
    const closed = stage !== undefined && stage.stage !== event.stage ? closeStage() : [];
    const startMs = Date.parse(event.at);
    stage ??= {
      stage: event.stage,
      role: event.role,
      startMs,
      endMs: startMs,
      attempts: 0,
      usage: undefined,
      verdict: undefined,
      failure: undefined,
    };
    stage.attempts += 1;
    const before = event.cause === 'review' ? (lastReview ?? lastAttempt) : lastAttempt;
    const isContinuation = event.attempt > 1 || ['review', 'redirect', 'steer'].includes(event.cause);
    const links =
      before === undefined || !isContinuation
        ? []
        : [{ span: before, attributes: { 'stagewire.attempt.cause': event.cause } }];
    attempt = { started: event, events: createSpanEvents(), links, text: createCapturedText(maxTextChars) };
    return closed;
  }

  function endAttempt(ending: Parameters<typeof endingAttributes>[0]): readonly TraceSpan[] {
    const open = attempt;
    attempt = undefined;
    if (open === undefined || stage === undefined) return [];
    const { started } = open;
    const endMs = Date.parse(ending.at);
    const errorType = ending.type === 'stage.failed' ? ending.failure.code : undefined;
    stage.endMs = endMs;
    stage.usage = addUsage(stage.usage, ending.usage);
    stage.failure = errorType;
    const span = {
      traceId: place.traceId,
      spanId: spanIdOf(started.runId, started.stage, started.attempt),
    };
    lastAttempt = span;
    if (started.format === 'json') lastReview = span;
    return [
      {
        ...span,
        parent: { traceId: place.traceId, spanId: spanIdOf(started.runId, started.stage) },
        isParentRemote: false,
        name: `chat ${modelNameOf(started.model)}`,
        kind: 'client',
        startMs: Date.parse(started.at),
        endMs,
        attributes: {
          'gen_ai.operation.name': 'chat',
          ...modelAttributes(started.model),
          'gen_ai.output.type': started.format === 'json' ? 'json' : 'text',
          ...attemptAttributes(started),
          ...endingAttributes(ending),
          ...open.text.asMessages('assistant', 'gen_ai.output.messages'),
        },
        events: open.events.all(),
        droppedEvents: open.events.dropped(),
        links: open.links,
        errorType,
      },
    ];
  }

  function closeStage(): readonly TraceSpan[] {
    if (queued === undefined || stage === undefined) return [];
    const { runId } = queued;
    const closed = stage;
    stage = undefined;
    return [
      {
        traceId: place.traceId,
        spanId: spanIdOf(runId, closed.stage),
        parent: { traceId: place.traceId, spanId: spanIdOf(runId) },
        isParentRemote: false,
        name: `invoke_agent ${closed.role}`,
        kind: 'internal',
        startMs: closed.startMs,
        endMs: closed.endMs,
        attributes: defined({
          'gen_ai.operation.name': 'invoke_agent',
          'gen_ai.agent.name': closed.role,
          'gen_ai.conversation.id': runId,
          ...(closed.usage === undefined ? {} : usageAttributes(closed.usage)),
          'error.type': closed.failure,
          'stagewire.run.id': runId,
          'stagewire.stage': closed.stage,
          'stagewire.attempts': closed.attempts,
          'stagewire.review.verdict': closed.verdict,
        }),
        events: [],
        droppedEvents: 0,
        links: [],
        errorType: closed.failure,
      },
    ];
  }

  function workflowSpan(
    first: EventOf<'run.queued'>,
    end: EventOf<'run.completed' | 'run.failed' | 'run.cancelled'>,
  ): TraceSpan {
    const { runId, owner, actor } = first;
    const startMs = Date.parse(first.at);
    const task = createCapturedText(maxTextChars);
    task.add(first.task);
    const errorType = end.type === 'run.failed' ? end.failure.code : undefined;
    return {
      traceId: place.traceId,
      spanId: spanIdOf(runId),
      parent: place.parent,
      isParentRemote: place.parent !== undefined,
      name: `invoke_workflow ${workflowName}`,
      kind: 'internal',
      startMs,
      endMs: Date.parse(end.at),
      attributes: defined({
        'gen_ai.operation.name': 'invoke_workflow',
        'gen_ai.workflow.name': workflowName,
        'gen_ai.conversation.id': runId,
        ...(end.type === 'run.completed' ? usageAttributes(end.usage) : {}),
        'error.type': errorType,
        'stagewire.failure.reason': end.type === 'run.failed' ? end.failure.reason : undefined,
        'stagewire.run.id': runId,
        'stagewire.run.status': end.type.slice('run.'.length),
        'stagewire.run.verdict': end.type === 'run.completed' ? end.verdict : undefined,
        'stagewire.run.queued_ms': startedMs === undefined ? undefined : startedMs - startMs,
        'stagewire.cost.amount': end.cost?.amount,
        'stagewire.cost.currency': end.cost?.currency,
        'stagewire.owner': owner,
        'stagewire.actor.id': actor.id,
        'stagewire.actor.kind': actor.kind,
        ...(end.type === 'run.cancelled' && {
          'stagewire.cancelled_by.id': end.actor.id,
          'stagewire.cancelled_by.kind': end.actor.kind,
        }),
        ...task.asMessages('user', 'gen_ai.input.messages'),
      }),
      events: events.all(),
      droppedEvents: events.dropped(),
      links: source === undefined ? [] : [{ span: source, attributes: { 'stagewire.link': 'from' } }],
      errorType,
    };
  }

  return {
    get seq() {
      return seq;
    },
    apply,
  };
}

function attemptAttributes(started: EventOf<'stage.started'>): Attributes {
  return defined({
    'gen_ai.conversation.id': started.runId,
    'gen_ai.agent.name': started.role,
    'stagewire.run.id': started.runId,
    'stagewire.stage': started.stage,
    'stagewire.attempt': started.attempt,
    'stagewire.attempt.cause': started.cause,
    'stagewire.context_tokens': started.contextTokens,
  });
}
