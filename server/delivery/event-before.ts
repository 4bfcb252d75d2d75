import { isTerminal } from '@stagewire/shared';
import type { EventLog, LogEntry } from '../log/event-log.ts';
import { RunMissing } from '../log/event-log.ts';
import { untilAborted } from '../runtime/wait.ts';

/**
 * What a subscription needs of the last event that its client has. Not the event itself: that may be a file or
 * a task of hundreds of kilobytes, and would be kept as long as the subscription.
 */
export interface EventBefore {
  readonly epoch: number;
  /** Its instant. */
  readonly at: string;
  /** It ends the run. */
  readonly isTerminal: boolean;
}

export function eventBefore({ epoch, event }: LogEntry): EventBefore {
  return { epoch, at: event.at, isTerminal: isTerminal(event) };
}

export interface EventBeforeOptions {
  readonly runId: string;
  /** The seq of the client's last event; 0 if it has none. */
  readonly after: number;
  /** If it was read already. */
  readonly before?: EventBefore | undefined;
  readonly signal: AbortSignal;
}

/** The client's last event, if it had any. @throws RunMissing @throws LogUnavailable */
export async function readEventBefore(
  log: Pick<EventLog, 'at'>,
  { runId, after, before, signal }: EventBeforeOptions,
): Promise<EventBefore | undefined> {
  if (after === 0 || signal.aborted) return undefined;
  if (before !== undefined) return before;
  const entry = await untilAborted(log.at(runId, after), signal);
  if (entry === undefined && !signal.aborted) throw new RunMissing(runId, `has no event with seq ${after}`);
  return entry && eventBefore(entry);
}
