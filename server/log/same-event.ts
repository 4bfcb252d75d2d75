import { isDeepStrictEqual } from 'node:util';
import type { DurableEvent } from '@stagewire/shared';

/**
 * Whether both events are equal as JSON. A log over a network may return an event with its keys in another order, and
 * without those that are undefined.
 */
export function isSameEvent(one: DurableEvent, other: DurableEvent): boolean {
  return isDeepStrictEqual(asJson(one), asJson(other));
}

function asJson(event: DurableEvent): unknown {
  return JSON.parse(JSON.stringify(event));
}
