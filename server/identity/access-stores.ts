import type { AuditTrail } from './audit-trail.ts';
import type { CredentialStore } from './keys/credential-store.ts';
import type { SharedRuns } from './links/links-method.ts';
import type { SessionStore } from './sessions/session-store.ts';
import type { Tickets } from './sessions/tickets.ts';

/**
 * Everything about callers that outlives a request: in the data directory of one server, or in a database that several
 * nodes share. What one process has changed applies to all processes that use the same stores.
 */
export interface AccessStores {
  readonly credentials: CredentialStore;
  readonly sessions: SessionStore;
  readonly tickets: Tickets;
  readonly audit: AuditTrail;
  /** Where links are looked up. @default in the log */
  readonly sharedRuns?: SharedRuns;
  /** The secret with which links are created and verified, 32 bytes. The same for all processes: the first one creates it. */
  linkSecret(): Promise<Buffer>;
  /**
   * Calls `listener` when credentials or sessions may have changed at another process. Not reliable: the versions of the
   * stores are. Returns a function that unsubscribes.
   */
  onChange(listener: () => void): () => void;
  /** Is it an error of stores that cannot be reached now? Callers get a retryable error then, and nothing is counted. */
  isUnavailable(error: unknown): boolean;
  /** Reads that are started together: more than one where a read mostly waits for the network. */
  readonly readsAtOnce: number;
  /**
   * How long connections stay open while the stores cannot be read, so that a revocation may have been missed, in
   * milliseconds. Infinity for a file: its connections stay open.
   */
  readonly maxUncheckedMs: number;
  /** Idempotent. */
  close(): Promise<void>;
}
