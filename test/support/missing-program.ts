import { spawnSync } from 'node:child_process';

/** Whether a program is not there, which is said aloud; with CI=true its tests run all the same, and fail. */
export function isMissing(program: string): boolean {
  if (process.env['CI'] === 'true' || spawnSync(program, ['--version']).status === 0) return false;
  console.warn(`${program} is not on this machine: what needs it is skipped`);
  return true;
}
