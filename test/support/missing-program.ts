import { spawnSync } from 'node:child_process';

/**
 * Must the tests of a program run, and fail without it? With CI=true, unless `.ci/run` could not install it.
 *
 * @param exceptWith The variable with which `.ci/run` says so.
 */
export function isRequired(exceptWith: string): boolean {
  return process.env['CI'] === 'true' && process.env[exceptWith] !== 'true';
}

/** Whether a program is not there, which is said aloud; with CI=true its tests run all the same, and fail. */
export function isMissing(program: string): boolean {
  return process.env['CI'] !== 'true' && isNotInstalled(program);
}

/** The same, also with CI=true: for a program of the system that not every machine has. */
export function isNotInstalled(program: string): boolean {
  if (spawnSync(program, ['--version']).status === 0) return false;
  console.warn(`${program} is not on this machine: what needs it is skipped`);
  return true;
}
