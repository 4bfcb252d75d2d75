import type { Principal } from '../principal.ts';

/** A session as it is stored. Instants are milliseconds since the Unix epoch. */
export interface StoredSession {
  /** SHA-256 of its random id, in hexadecimal. */
  readonly hash: string;
  /** Who signed in, with the credential that was used. */
  readonly principal: Principal;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

export interface SessionLimits {
  /** Sessions of one owner, and as many of all links to its runs together. */
  readonly maxSessionsPerOwner: number;
  /** Sessions of all owners together. */
  readonly maxSessions: number;
}

/** Stores sessions. Several processes may use one store at the same time. */
export interface SessionStore {
  /**
   * Stores a session durably. Removes those that expired before it was created, and the oldest of its owner, or of all,
   * that are above the limits.
   */
  add(session: StoredSession, limits: SessionLimits): Promise<void>;
  /** By its hash; also if it has expired and was not removed yet. */
  find(hash: string): Promise<StoredSession | undefined>;
  /** Durably. Idempotent. */
  remove(hash: string): Promise<void>;
  /** Differs from the value before if any process may have removed a session in between, unless it had expired. */
  version(): Promise<string>;
}

/**
 * The sessions that are limited together: those of an owner, or of all links to its runs, whose bearers must not end those
 * of the owner. With a limit for each link an owner could create links until its sessions end those of all others.
 */
export function isOfSameHolder(one: Principal, other: Principal): boolean {
  return one.owner === other.owner && (one.link === undefined) === (other.link === undefined);
}
