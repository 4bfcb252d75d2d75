import { isDeepStrictEqual } from 'node:util';
import type { DurableEvent } from '@stagewire/shared';

/**
 * Are they the same as JSON? A log over a network may give an event back with its keys in another order, and without
 * those that are undefined.
 */
export function isSameEvent(one: DurableEvent, other: DurableEvent): boolean {
  return isDeepStrictEqual(asJson(one), asJson(other));
}

function asJson(event: DurableEvent): unknown {
  return JSON.parse(JSON.stringify(event));
}
