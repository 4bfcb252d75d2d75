import { createHash } from 'node:crypto';

/** The id of the link that this command creates: a repeated command creates the same link. */
export function shareIdOf({
  runId,
  commandId,
}: {
  readonly runId: string;
  readonly commandId: string;
}): string {
  return createHash('sha256').update(`link ${runId} ${commandId}`).digest('hex').slice(0, 16);
}
