import type { ServerInfo } from '@stagewire/client';
import { closestName } from './closest-name.ts';

/**
 * That the server has no such role, and which one was probably meant; `undefined` if it has the role, or does not say which
 * roles it has.
 */
export function unknownRole(role: string, { roles }: Pick<ServerInfo, 'roles'>): string | undefined {
  const names = roles.map((it) => it.role);
  if (names.length === 0 || names.includes(role)) return undefined;
  const closest = closestName(role, names);
  const question = closest === undefined ? '' : ` Did you mean ${closest}?`;
  return `unknown role "${role}".${question} The roles of the server: ${names.join(', ')}.`;
}
