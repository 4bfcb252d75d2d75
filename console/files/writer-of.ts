import type { AttemptPlace } from '@stagewire/client';

/** The attempt that wrote or removed a version of a file; `undefined` for a context file. */
export function writerOf({ stage, attempt }: OptionalPlace): AttemptPlace | undefined {
  return stage === undefined || attempt === undefined ? undefined : { stage, attempt };
}

interface OptionalPlace {
  readonly stage?: number | undefined;
  readonly attempt?: number | undefined;
}
