import { runIdPattern } from '@stagewire/shared/id-patterns';
import type { StartFrom } from '@stagewire/client';

/** `RUN`, `RUN:STAGE` or `RUN:STAGE.ATTEMPT`; `undefined` if it is none of them. */
export function parseFrom(text: string): StartFrom | undefined {
  const [, runId, stage, attempt] = /^([^:]+)(?::([1-9]\d{0,8})(?:\.([1-9]\d{0,8}))?)?$/.exec(text) ?? [];
  if (runId === undefined || !runIdPattern.test(runId)) return undefined;
  return {
    runId,
    ...(stage === undefined ? {} : { stage: Number(stage) }),
    ...(attempt === undefined ? {} : { attempt: Number(attempt) }),
  };
}
