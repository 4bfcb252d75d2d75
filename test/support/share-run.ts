import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { LinkAccess, ShareReceipt } from '@stagewire/shared';
import type { KeyedApp } from './keyed-app.ts';

export interface SharedLink extends ShareReceipt {
  /** From the fragment of its URL. */
  readonly token: string;
}

/** Creates a link to a run, as the owner of the token. */
export async function shareRun(
  app: Pick<KeyedApp, 'fetch'>,
  token: string,
  input: {
    readonly runId: string;
    readonly may: LinkAccess;
    readonly until?: string;
    readonly commandId?: string;
  },
): Promise<SharedLink> {
  const answer = await app.fetch('/trpc/runs.share', token, { commandId: randomUUID(), ...input });
  const { result, error } = (await answer.json()) as { result?: { data: ShareReceipt }; error?: unknown };
  expect(error).toBeUndefined();
  const { shareId = '', url = '' } = result?.data ?? {};
  return { shareId, url, token: tokenIn(url) };
}

export function tokenIn(url: string): string {
  return new URL(url).hash.replace(/^#share=/, '');
}
