import type { AccessKey } from '@stagewire/client';
import { cleanLine } from '../render/clean-text.ts';
import type { Paint } from '../terminal/paint.ts';

/** What was created, for the person who passes the key on. */
export function createdText(key: AccessKey): string[] {
  const expiry = key.expiresAt === undefined ? 'It does not expire.' : `It expires at ${key.expiresAt}.`;
  return [
    `Created key ${key.id}: ${cleanLine(key.name)}, ${key.kind}, owner ${cleanLine(key.owner)}. ${expiry}`,
    `It may: ${permissionsText(key)}.`,
    'The key is shown only once, below. It gives access to the server under this name: keep it secret.',
  ];
}

/** Keys as a table: id, state, name, kind, owner, day of creation (UTC), permissions. */
export function keyLines(
  keys: readonly AccessKey[],
  { paint, nowMs }: { readonly paint: Paint; readonly nowMs: number },
): string[] {
  if (keys.length === 0) return ['No access keys found.'];
  const rows = keys.map((key) => [
    key.id,
    stateOf(key, nowMs),
    cleanLine(key.name),
    key.kind,
    cleanLine(key.owner),
    key.createdAt.slice(0, 10),
    permissionsText(key),
  ]);
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? [];
  return rows.map((row) => {
    const cells = row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)));
    const line = cells.join('  ');
    return row[1] === 'active' || row[1]?.startsWith('until') === true ? line : paint('dim', line);
  });
}

function stateOf({ revokedAt, expiresAt }: AccessKey, nowMs: number): string {
  if (revokedAt !== undefined) return 'revoked';
  if (expiresAt === undefined) return 'active';
  return Date.parse(expiresAt) <= nowMs ? 'expired' : `until ${expiresAt.slice(0, 10)}`;
}

function permissionsText({ permissions }: AccessKey): string {
  return permissions.length === 0 ? 'nothing' : permissions.join(', ');
}
