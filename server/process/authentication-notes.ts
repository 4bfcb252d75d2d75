import type { Authentication } from '../identity/authentication.ts';

/** A line for the operator: how callers authenticate. None if they do not. */
export async function authenticationNotes(authentication: Authentication | undefined): Promise<string[]> {
  if (authentication === undefined) return [];
  const { methods, keys } = authentication;
  const line = `Authentication: ${methods.join(', ')}.`;
  const usable = (await keys?.list())?.filter(({ revokedAt }) => revokedAt === undefined);
  const isKeyless = usable?.length === 0 && methods.length === 1;
  return [
    isKeyless
      ? `${line} There is no access key yet, so every call is rejected. Create one with "stagewire keys create --name <you>".`
      : line,
  ];
}
