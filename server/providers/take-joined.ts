import type { ProviderEvent } from './provider.ts';

/** Of texts that are joined: the budget of a run is checked after each event. */
const JOINED_CHARS = 256;

const none: readonly ProviderEvent[] = [];

/**
 * Empties a list of events. Adjacent texts that arrived together are joined: when the event loop is saturated, an event that
 * is passed on costs more than its text.
 */
export function takeJoined(events: ProviderEvent[]): readonly ProviderEvent[] {
  if (events.length === 0) return none;
  const taken = events.splice(0);
  if (taken.length === 1) return taken;
  const joined: ProviderEvent[] = [];
  for (const event of taken) {
    const last = joined.at(-1);
    if (last !== undefined && 'text' in last && 'text' in event && canJoin(last, event)) {
      joined[joined.length - 1] = { type: last.type, text: last.text + event.text };
    } else joined.push(event);
  }
  return joined;
}

type TextEvent = Extract<ProviderEvent, { readonly text: string }>;

function canJoin(last: TextEvent, next: TextEvent): boolean {
  return last.type === next.type && last.text.length + next.text.length <= JOINED_CHARS;
}
