import type { RunEvent } from '../events.ts';

/** `stage.attempt` of an event, for example `2.1`; a dash for an event of the run. */
export function attemptOf(event: { readonly stage: number; readonly attempt: number } | RunEvent): string {
  return 'attempt' in event && 'stage' in event ? `${event.stage}.${event.attempt}` : '–';
}

/** Final length of the text of an attempt, from its deltas. */
export function lengthOf(
  events: readonly RunEvent[],
  of: { readonly stage: number; readonly attempt: number },
): number {
  let length = 0;
  for (const event of events) {
    if (event.type === 'stage.started' && attemptOf(event) === attemptOf(of)) length = event.keptChars;
    if (event.type === 'stage.delta' && attemptOf(event) === attemptOf(of))
      length = event.offset + event.text.length;
  }
  return length;
}
