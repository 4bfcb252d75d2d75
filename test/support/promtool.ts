import { spawnSync } from 'node:child_process';
import { isNotInstalled, isRequired } from './missing-program.ts';

/** Whether promtool is not there, which is reported; with CI=true its tests run all the same, unless CI could not install it. */
export function isPromtoolMissing(): boolean {
  return !isRequired('STAGEWIRE_TEST_NO_PROMTOOL') && isNotInstalled('promtool');
}

/** Runs promtool. @returns what it printed if it found a problem */
export function promtoolProblem(args: readonly string[], input = ''): string | undefined {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  const printed = `${stdout}${stderr}`;
  return status === 0 ? undefined : printed;
}
