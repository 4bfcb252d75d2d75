import { Identity } from '@stagewire/shared/contract';
import { Permission } from '@stagewire/shared/primitives';
import { z } from 'zod';
import type { Principal } from '../principal.ts';
import type { StoredSession } from './session-store.ts';

/** Permissions of a later version are left out: they give nothing. */
const StoredPrincipal = z.object({
  actor: Identity.shape.actor,
  owner: z.string(),
  owners: z.array(z.string()).optional(),
  permissions: z
    .array(z.string())
    .transform((names) => Permission.options.filter((permission) => names.includes(permission))),
  link: Identity.shape.link,
  expiresAtMs: z.number().optional(),
  credential: z.string().optional(),
});

/** A row of the table `sessions`, in either database; `undefined` for one whose principal this version cannot read: it has ended. */
export function sessionOf(row: Readonly<Record<string, unknown>> | undefined): StoredSession | undefined {
  if (row === undefined) return undefined;
  const principal = principalIn(String(row['principal']));
  if (principal === undefined) return undefined;
  return {
    hash: String(row['hash']),
    principal,
    createdAtMs: Number(row['created_at_ms']),
    expiresAtMs: Number(row['expires_at_ms']),
  };
}

function principalIn(json: string): Principal | undefined {
  try {
    const { owners, link, expiresAtMs, credential, ...rest } = StoredPrincipal.parse(JSON.parse(json));
    return {
      ...rest,
      ...(owners !== undefined && { owners }),
      ...(link !== undefined && { link }),
      ...(expiresAtMs !== undefined && { expiresAtMs }),
      ...(credential !== undefined && { credential }),
    };
  } catch {
    return undefined;
  }
}
