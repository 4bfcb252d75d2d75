import { StagewireError } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Clock } from '../runtime/clock.ts';
import { quietLogger, type Logger } from '../runtime/logger.ts';
import type { CredentialSource } from './identify.ts';
import type { Principal } from './principal.ts';

/** A connection, or an event stream, and its identity. */
export interface IdentityHolder {
  principal: Principal;
  /** Called once, when the identity has expired or was revoked. */
  end(error: StagewireError): void;
}

/** The identities of open connections. Those that neither expire nor can be revoked are not kept. */
export interface LiveIdentities {
  /** Ends the holder in time, until it is released. Called again after its principal was replaced. */
  watch(holder: IdentityHolder): void;
  release(holder: IdentityHolder): void;
  /** Holders that are watched. */
  readonly size: number;
  /** Stops the timer. */
  close(): void;
}

export interface LiveIdentitiesOptions {
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** Where credentials are revoked. @default none can be */
  readonly sources?: readonly CredentialSource[];
  /** How often the sources are asked whether they have changed, in milliseconds. @default 1000 */
  readonly pollMs?: number;
  /** @default logs nothing */
  readonly logger?: Logger;
}

/** Timers of more than 24 days fire at once. */
const longestWaitMs = 24 * 60 * 60 * 1000;

export function createLiveIdentities(options: LiveIdentitiesOptions): LiveIdentities {
  const { clock, sources = [], pollMs = 1000, logger = quietLogger } = options;
  const holders = new Set<IdentityHolder>();
  const versions = new Map<CredentialSource, string>();
  let cancelTimer = () => {};
  /** When the timer is due; Infinity without one. */
  let dueMs = Infinity;
  let isChecking = false;
  let isClosed = false;
  let isFailing = false;

  function planFor(atMs: number): void {
    if (isClosed || isChecking || atMs >= dueMs) return;
    cancelTimer();
    dueMs = atMs;
    const waitMs = Math.min(Math.max(0, atMs - clock.now()), longestWaitMs);
    cancelTimer = clock.after(waitMs, () => {
      dueMs = Infinity;
      void check();
    });
  }

  function dueOf({ expiresAtMs = Infinity, credential }: Principal): number {
    return credential === undefined ? expiresAtMs : Math.min(expiresAtMs, clock.now() + pollMs);
  }

  function end(holder: IdentityHolder, error: StagewireError): void {
    if (holders.delete(holder)) holder.end(error);
  }

  async function check(): Promise<void> {
    isChecking = true;
    const now = clock.now();
    for (const holder of holders) {
      if ((holder.principal.expiresAtMs ?? Infinity) <= now)
        end(holder, wireErrors.UNAUTHENTICATED.expired());
    }
    try {
      for (const source of sources) await checkSource(source);
      isFailing = false;
    } catch (error) {
      // Retried with the next timer: a disk that fails for a moment must not close all connections.
      if (!isFailing) logger.error({ error }, 'cannot check whether credentials were revoked; retrying');
      isFailing = true;
    }
    isChecking = false;
    let next = Infinity;
    for (const { principal } of holders) next = Math.min(next, dueOf(principal));
    if (next < Infinity) planFor(next);
  }

  async function checkSource(source: CredentialSource): Promise<void> {
    const version = await source.version();
    if (versions.get(source) === version) return;
    const byCredential = Map.groupBy(holders, ({ principal }) => principal.credential ?? '');
    for (const [credential, users] of byCredential) {
      if (credential.startsWith(`${source.kind}:`)) await renew(source, credential, users);
    }
    versions.set(source, version);
  }

  async function renew(
    source: CredentialSource,
    credential: string,
    users: readonly IdentityHolder[],
  ): Promise<void> {
    const result = await source.current(credential).then(
      (principal) => ({ principal }),
      (error: unknown) => {
        if (error instanceof StagewireError) return { error };
        throw error;
      },
    );
    for (const user of users) {
      // It may have been closed, or refreshed with another credential, meanwhile.
      if (!holders.has(user) || user.principal.credential !== credential) continue;
      if ('error' in result) end(user, result.error);
      else user.principal = result.principal;
    }
  }

  return {
    get size() {
      return holders.size;
    },
    watch(holder) {
      const due = dueOf(holder.principal);
      if (due === Infinity) holders.delete(holder);
      else {
        holders.add(holder);
        // It may have been revoked since it was authenticated, and the version may have been read since.
        if (holder.principal.credential !== undefined) versions.clear();
        planFor(due);
      }
    },
    release: (holder) => void holders.delete(holder),
    close() {
      isClosed = true;
      cancelTimer();
    },
  };
}
