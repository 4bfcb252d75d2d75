import type { StartFrom } from '@stagewire/client';

/** How a run started from another one. */
export function lineageKind({ stage, attempt }: StartFrom): 'Follow-up' | 'Rerun' | 'Fork' {
  if (stage === undefined) return 'Follow-up';
  return attempt === undefined ? 'Rerun' : 'Fork';
}
