import type { RunShare } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Clock } from '../../runtime/clock.ts';
import type { CredentialSource, TokenMethod } from '../identify.ts';
import type { Principal } from '../principal.ts';
import { linkPrefix, verifyLinkToken, type LinkRef } from './link-text.ts';

/** What links to a run depend on. */
export interface SharedRun {
  readonly owner: string;
  /** Those that were not removed. */
  readonly shares: readonly RunShare[];
}

/** Where runs and their links are looked up. */
export interface SharedRuns {
  /** `undefined` if there is no such run, or it cannot be read. */
  find(runId: string): Promise<SharedRun | undefined>;
  /** Differs from the value before if a link may have been removed in between. */
  version(): Promise<string>;
}

export interface LinksMethodOptions {
  readonly runs: SharedRuns;
  /** The secret of the server. */
  readonly secret: Buffer;
  readonly clock: Pick<Clock, 'now'>;
}

const kind = 'share';

/**
 * Authenticates by links to runs. A run is looked up for tokens of this server only, so that others learn nothing about
 * runs, and their holders only that a link was removed or has expired.
 */
export function createLinksMethod({
  runs,
  secret,
  clock,
}: LinksMethodOptions): TokenMethod & CredentialSource {
  /** @throws StagewireError UNAUTHENTICATED */
  async function principalOf({ runId, shareId }: LinkRef): Promise<Principal> {
    const run = await runs.find(runId);
    const share = run?.shares.find((it) => it.shareId === shareId);
    if (run === undefined || share === undefined) throw wireErrors.UNAUTHENTICATED.linkRemoved();
    const { may, until } = share;
    const expiresAtMs = until === undefined ? undefined : Date.parse(until);
    if (expiresAtMs !== undefined && expiresAtMs <= clock.now()) {
      throw wireErrors.UNAUTHENTICATED.linkExpired();
    }
    return {
      actor: { id: `${kind}:${shareId}`, kind: 'user' },
      owner: run.owner,
      permissions: [],
      link: { runId, shareId, may },
      credential: `${kind}:${runId}/${shareId}`,
      ...(expiresAtMs !== undefined && { expiresAtMs }),
    };
  }

  return {
    kind,
    recognizes: (token) => token.startsWith(linkPrefix),
    async authenticate(token) {
      const link = verifyLinkToken(token, secret);
      if (link === undefined) throw wireErrors.UNAUTHENTICATED.unknownToken();
      return principalOf(link);
    },
    version: () => runs.version(),
    current(credential) {
      const [runId = '', shareId = ''] = credential.slice(kind.length + 1).split('/');
      return principalOf({ runId, shareId });
    },
  };
}
