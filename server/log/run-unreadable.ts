import { StagewireError } from '@stagewire/shared';

/** The refusal of everything about a run whose log is damaged. `problem` says how. */
export function runUnreadable(runId: string, problem: string): StagewireError {
  const message = `Run ${runId} cannot be read: ${problem}. "stagewire check" in a stopped server's folder says more.`;
  return new StagewireError('RUN_UNREADABLE', message, { details: { runId, problem } });
}
