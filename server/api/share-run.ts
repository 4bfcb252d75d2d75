import type { ShareInput, ShareReceipt } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { LinkRef } from '../identity/links/link-text.ts';
import type { Principal } from '../identity/principal.ts';
import { shareIdOf } from '../runs/decide/share-id.ts';
import type { RunService } from '../runs/run-service.ts';

export interface ShareRunOptions {
  readonly runs: Pick<RunService, 'state' | 'command'>;
  readonly principal: Principal;
  /** The URL of a link to a run, with its token. @default links cannot be created */
  readonly linkUrl?: ((link: LinkRef) => string) | undefined;
}

/**
 * Creates a link to a run, and resolves with it when it is durable. Idempotent.
 *
 * @throws StagewireError SHARING_UNAVAILABLE without `linkUrl`; and as `RunService.command` does.
 */
export async function shareRun(
  input: ShareInput,
  { runs, principal, linkUrl }: ShareRunOptions,
): Promise<ShareReceipt> {
  if (linkUrl === undefined) {
    // A run that does not exist is reported first, as by every command.
    await runs.state(input.runId, principal);
    throw wireErrors.SHARING_UNAVAILABLE();
  }
  await runs.command({ ...input, kind: 'share' }, principal);
  const shareId = shareIdOf(input);
  return { shareId, url: linkUrl({ runId: input.runId, shareId }) };
}
