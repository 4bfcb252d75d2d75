import { Actor, Instant, LinkAccess, ShareId } from './primitives.ts';

/** The fields of a link to a run, in its events and in the state. */
export const linkShape = { shareId: ShareId, may: LinkAccess, until: Instant.optional(), actor: Actor };
