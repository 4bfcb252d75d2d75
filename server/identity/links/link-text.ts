import { createHmac, timingSafeEqual } from 'node:crypto';

/** Which link to which run. */
export interface LinkRef {
  readonly runId: string;
  readonly shareId: string;
}

/** Where the token begins that a link's URL has in its fragment. */
export const linkPrefix = 'swl_';

const pattern = /^swl_([0-9a-f]{16})_([0-9a-f]{64})_(run_[A-Za-z0-9-]{8,60})$/;

/** The token of a link: `swl_<shareId>_<mac>_<runId>`. The same for every call, so that it need not be stored. */
export function linkTokenOf(link: LinkRef, secret: Buffer): string {
  return `${linkPrefix}${link.shareId}_${macOf(link, secret).toString('hex')}_${link.runId}`;
}

/** The link of a token that was created with this secret; `undefined` for every other text, in about the same time. */
export function verifyLinkToken(token: string, secret: Buffer): LinkRef | undefined {
  const [, shareId, mac, runId] = pattern.exec(token) ?? [];
  if (shareId === undefined || mac === undefined || runId === undefined) return undefined;
  const link = { runId, shareId };
  return timingSafeEqual(Buffer.from(mac, 'hex'), macOf(link, secret)) ? link : undefined;
}

/** Neither a run id nor a share id contains a space. */
function macOf({ runId, shareId }: LinkRef, secret: Buffer): Buffer {
  return createHmac('sha256', secret).update(`link ${runId} ${shareId}`).digest();
}
