import type { Identity } from '@stagewire/client';

/** Whether what one identity sees may be shown to the other: the same caller, owner and link. */
export function isSameCaller(one: Identity, other: Identity): boolean {
  return (
    one.actor.id === other.actor.id && one.owner === other.owner && one.link?.shareId === other.link?.shareId
  );
}
