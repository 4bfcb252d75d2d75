import { isTransient } from '@stagewire/shared';
import { sequenceProblems } from '@stagewire/shared/invariants/event-sequence';
import type { RunEvent } from '../generated/contract.ts';

/**
 * Reads the output of `stagewire watch --json` or of a program of your own: one event as JSON on each line. Empty lines
 * are ignored.
 *
 * @throws SyntaxError with the number of the line that is not a JSON object with `type` and `runId`.
 */
export function parseEvents(text: string): RunEvent[] {
  return text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [parseLine(line, index + 1)]));
}

function parseLine(line: string, number: number): RunEvent {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch (error) {
    throw new SyntaxError(`Line ${number} is not JSON.`, { cause: error });
  }
  if (!isEvent(event)) throw new SyntaxError(`Line ${number} is not an event of a run.`);
  return event;
}

function isEvent(value: unknown): value is RunEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { type, runId } = value as { readonly type?: unknown; readonly runId?: unknown };
  return typeof type === 'string' && typeof runId === 'string';
}

/** @throws RangeError if a run does not begin with its first event, or lacks events between two others. */
export function assertComplete(events: readonly RunEvent[]): void {
  for (const [runId, ofRun] of Map.groupBy(events, (event) => event.runId)) {
    const durable = ofRun.filter((event) => !isTransient(event));
    const [problem] = sequenceProblems(durable);
    const first = durable[0]?.type;
    if (problem !== undefined) throw new RangeError(`The events of ${runId} are incomplete: ${problem}.`);
    if (first !== 'run.queued') {
      throw new RangeError(
        `The events of ${runId} begin with ${first ?? 'no durable event'}, not run.queued.`,
      );
    }
  }
}
