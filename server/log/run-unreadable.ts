import { StagewireError } from '@stagewire/shared';

/** The error for every operation on a run whose log is damaged. `problem` describes the damage. */
export function runUnreadable(runId: string, problem: string): StagewireError {
  const message = `Run ${runId} cannot be read: ${problem}. For details, stop the server and run "stagewire check".`;
  return new StagewireError('RUN_UNREADABLE', message, { details: { runId, problem } });
}
