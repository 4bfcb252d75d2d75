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
  readonly clock: Pick<Clock, 'now' | 'after' | 'elapsed' | 'turn'>;
  /** Where credentials are revoked. @default none can be */
  readonly sources?: readonly CredentialSource[];
  /** How often the sources are asked whether they have changed, in milliseconds. @default 1000 */
  readonly pollMs?: number;
  /** How long a check of many credentials may take in one turn of the event loop, in milliseconds. @default 5 */
  readonly turnMs?: number;
  /** Credentials that are checked at the same time: more than one where a check mostly waits for the network. @default 1 */
  readonly checksAtOnce?: number;
  /**
   * How long holders stay while their source cannot be read, in milliseconds; then they end with a retryable error, since
   * they may have been revoked. @default they stay
   */
  readonly maxUncheckedMs?: number;
  /** Calls a listener when a source may have changed, so that it is checked now. @default the sources are only polled */
  readonly onChange?: (listener: () => void) => () => void;
  /** @default logs nothing */
  readonly logger?: Logger;
}

/** Timers of more than 24 days fire at once. */
const longestWaitMs = 24 * 60 * 60 * 1000;

/** The pause after a check that a notification has caused, per millisecond of the check before. */
const pausePerCheckedMs = 4;

export function createLiveIdentities(options: LiveIdentitiesOptions): LiveIdentities {
  const { clock, sources = [], pollMs = 1000, turnMs = 5, logger = quietLogger } = options;
  const { checksAtOnce = 1, maxUncheckedMs = Infinity, onChange = () => () => undefined } = options;
  const holders = new Set<IdentityHolder>();
  const versions = new Map<CredentialSource, string>();
  let cancelTimer = () => {};
  /** When the timer is due; Infinity without one. */
  let dueMs = Infinity;
  let isChecking = false;
  let isClosed = false;
  let isFailing = false;
  /** Credentials that were not checked since they began to be watched. */
  let unchecked = new Set<string>();
  /** Since when a source cannot be read. */
  const failingSinceMs = new Map<CredentialSource, number>();
  let isCheckWanted = false;
  let checkedMs = -Infinity;
  let lastCheckTookMs = 0;

  const unsubscribe = onChange(() => {
    if (isChecking) isCheckWanted = true;
    else checkSoon();
  });

  /** Now, unless the last check was long: a series of changes must not keep the thread busy with checks. */
  function checkSoon(): void {
    if (holders.size === 0) return;
    const pauseMs = Math.min(pollMs, lastCheckTookMs * pausePerCheckedMs);
    const waitMs = Math.max(0, checkedMs + pauseMs - clock.elapsed());
    planFor(clock.now() + waitMs);
  }

  function planFor(atMs: number): void {
    if (isClosed || atMs >= dueMs) return;
    cancelTimer();
    dueMs = atMs;
    const waitMs = Math.min(Math.max(0, atMs - clock.now()), longestWaitMs);
    cancelTimer = clock.after(waitMs, () => {
      dueMs = Infinity;
      expire();
      if (!isChecking) void check();
    });
  }

  function dueOf({ expiresAtMs = Infinity, credential }: Principal): number {
    return credential === undefined ? expiresAtMs : Math.min(expiresAtMs, clock.now() + pollMs);
  }

  function end(holder: IdentityHolder, error: StagewireError): void {
    if (holders.delete(holder)) holder.end(error);
  }

  /** Also during a check, which may wait for a database: it must not delay the end of a token. */
  function expire(): void {
    const now = clock.now();
    let next = Infinity;
    for (const holder of holders) {
      const { expiresAtMs = Infinity } = holder.principal;
      if (expiresAtMs <= now) end(holder, expiryOf(holder.principal));
      else next = Math.min(next, expiresAtMs);
    }
    if (next < Infinity) planFor(next);
  }

  async function check(): Promise<void> {
    isChecking = true;
    isCheckWanted = false;
    const startedMs = clock.elapsed();
    const failures: unknown[] = [];
    const added = unchecked;
    unchecked = new Set();
    const checkOne = (source: CredentialSource) =>
      checkInTime(source, added).catch((error: unknown) => void failures.push(error));
    if (checksAtOnce > 1) await Promise.all(sources.map(checkOne));
    else for (const source of sources) await checkOne(source);
    if (failures.length > 0 && !isFailing && !isClosed) {
      logger.error({ error: failures[0] }, 'cannot check whether credentials were revoked; retrying');
    }
    isFailing = failures.length > 0;
    isChecking = false;
    checkedMs = clock.elapsed();
    lastCheckTookMs = checkedMs - startedMs;
    let next = Infinity;
    for (const { principal } of holders) next = Math.min(next, dueOf(principal));
    if (next < Infinity) planFor(next);
    if (isCheckWanted) checkSoon();
  }

  /**
   * A source that fails is retried with the next timer: a disk that fails for a moment must not close all connections. Its
   * holders end after `maxUncheckedMs`, also while a read is still in progress.
   */
  async function checkInTime(source: CredentialSource, added: ReadonlySet<string>): Promise<void> {
    const sinceMs = failingSinceMs.get(source) ?? clock.elapsed();
    const leftMs = () => sinceMs + maxUncheckedMs - clock.elapsed();
    const cancel =
      maxUncheckedMs === Infinity
        ? () => undefined
        : clock.after(Math.max(0, leftMs()), () => endUnchecked(source));
    try {
      await checkSource(source, added);
      failingSinceMs.delete(source);
    } catch (error) {
      versions.delete(source);
      failingSinceMs.set(source, sinceMs);
      if (leftMs() <= 0) endUnchecked(source);
      throw error;
    } finally {
      cancel();
    }
  }

  function endUnchecked(source: CredentialSource): void {
    for (const holder of holders) {
      const { credential } = holder.principal;
      if (credential !== undefined && isOf(source, credential))
        end(holder, wireErrors.OVERLOADED.credentials());
    }
  }

  /**
   * Looks at all credentials of a source that has changed, otherwise only at those that were added: they may have been
   * revoked after they were authenticated, and before this version. A connection must not cost a look at all others.
   */
  async function checkSource(source: CredentialSource, added: ReadonlySet<string>): Promise<void> {
    const version = await source.version();
    const isChanged = versions.get(source) !== version;
    if (!isChanged && !added.values().some((credential) => isOf(source, credential))) return;
    const byCredential = Map.groupBy(holders, ({ principal }) => principal.credential ?? '');
    let failure: { readonly error: unknown } | undefined;
    let turnStartedMs = clock.elapsed();
    let inProgress: Promise<unknown>[] = [];
    for (const [credential, users] of byCredential) {
      if (!isOf(source, credential) || !(isChanged || added.has(credential))) continue;
      if (clock.elapsed() - turnStartedMs >= turnMs) {
        await nextTurn();
        if (isClosed) return;
        turnStartedMs = clock.elapsed();
      }
      // One that cannot be read must not keep the others from being checked.
      const renewal = renew(source, credential, users).catch((error: unknown) => (failure = { error }));
      inProgress.push(renewal);
      if (inProgress.length < checksAtOnce) continue;
      await Promise.all(inProgress);
      inProgress = [];
    }
    await Promise.all(inProgress);
    if (failure !== undefined) throw failure.error;
    versions.set(source, version);
  }

  function nextTurn(): Promise<void> {
    return new Promise((resolve) => clock.turn(resolve));
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
        if (holder.principal.credential !== undefined) unchecked.add(holder.principal.credential);
        planFor(due);
      }
    },
    release: (holder) => void holders.delete(holder),
    close() {
      isClosed = true;
      unsubscribe();
      cancelTimer();
    },
  };
}

function isOf({ kind }: CredentialSource, credential: string): boolean {
  return credential.startsWith(`${kind}:`);
}

function expiryOf({ link, session }: Principal): StagewireError {
  if (link !== undefined) return wireErrors.UNAUTHENTICATED.linkExpired();
  return session === true ? wireErrors.UNAUTHENTICATED.sessionEnded() : wireErrors.UNAUTHENTICATED.expired();
}
