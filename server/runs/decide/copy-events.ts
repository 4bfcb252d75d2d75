import { isEnding, type DurableEvent, type EventBody, type EventOf } from '@stagewire/shared';
import type { ResolvedSource } from './resolve-source.ts';

type Delta = EventOf<'stage.delta' | 'stage.reasoning'>;

/** The copies of one attempt, and of what followed it until the next one. */
interface AttemptCopies {
  readonly started: EventOf<'stage.started'> | undefined;
  reasoning: Delta | undefined;
  text: Delta | undefined;
  readonly others: EventBody[];
}

/** Copies the events of a source that a new run inherits. */
export interface EventCopier {
  /** @returns false if neither this event nor a later one is inherited. */
  add(event: DurableEvent): boolean;
  /** The copies so far, in the order of the log; deltas are merged to one per attempt and type. */
  bodies(): readonly EventBody[];
}

/** Pure: the copies follow from the events that were added, which begin with the first of the source. */
export function createEventCopier({
  stage,
  attempt = 0,
}: Pick<ResolvedSource, 'stage' | 'attempt'>): EventCopier {
  let present: AttemptCopies = { started: undefined, reasoning: undefined, text: undefined, others: [] };
  const attempts = [present];

  /** The new attempt continues the text of this one, so what followed from its end is not inherited. */
  const isForked = () => present.started?.stage === stage && present.started.attempt === attempt;

  function start(event: EventOf<'stage.started'>): boolean {
    if (event.stage > stage || (event.stage === stage && event.attempt > attempt)) return false;
    present = { started: event, reasoning: undefined, text: undefined, others: [] };
    attempts.push(present);
    return true;
  }

  return {
    add(event) {
      switch (event.type) {
        case 'stage.started':
          return start(event);
        case 'stage.reasoning':
          present.reasoning = joined(present.reasoning, event);
          return true;
        case 'stage.delta':
          present.text = joined(present.text, event);
          return true;
        case 'input.recorded':
        case 'run.planned':
        case 'stage.completed':
        case 'stage.interrupted':
        case 'stage.cancelled':
        case 'stage.failed':
        case 'review.noted':
        case 'review.recorded':
        case 'artifact.recorded':
        case 'artifact.removed':
        case 'artifact.skipped':
          if (!isForked() || isEnding(event)) present.others.push(copyOf(event));
          return true;
        default:
          return true;
      }
    },

    bodies: () =>
      attempts.flatMap(({ started, reasoning, text, others }) => [
        ...[started, reasoning, text].flatMap((event) => (event === undefined ? [] : [copyOf(event)])),
        ...others,
      ]),
  };
}

/** As the fold does: a delta replaces everything from its offset on. */
function joined(before: Delta | undefined, delta: Delta): Delta {
  if (before === undefined) return delta;
  const kept = delta.offset - before.offset;
  const text = kept === before.text.length ? before.text : before.text.slice(0, kept);
  return { ...delta, offset: before.offset, text: text + delta.text };
}

/** A copy of a copy names the event that was logged first. */
function copyOf(event: DurableEvent): EventBody {
  const { runId, seq, at, firstSeq: _, inheritedFrom = { runId, seq, at }, ...body } = event;
  return { ...body, inheritedFrom };
}
