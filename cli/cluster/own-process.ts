import { spawnSync } from 'node:child_process';
import type { Clock } from '@stagewire/server/runtime/clock';
import { wait } from '@stagewire/server/runtime/wait';

const lookMs = 50;

/**
 * Is this process running, with these words in its command line? After a crash its number may belong to another process.
 * Where there is no `ps` it is believed.
 */
export function isRunning(pid: number, words: string): boolean {
  if (!sendSignal(pid, 0)) return false;
  const { stdout, error } = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  return error !== undefined || stdout.includes(words);
}

/** @returns whether there is such a process */
export function sendSignal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

/** Waits until a process of an earlier command is gone. @returns false if it is not in time */
export async function untilGone(
  { pid, words }: { readonly pid: number; readonly words: string },
  clock: Clock,
  timeoutMs: number,
): Promise<boolean> {
  const deadlineMs = clock.elapsed() + timeoutMs;
  while (isRunning(pid, words)) {
    if (clock.elapsed() >= deadlineMs) return false;
    await wait(clock, lookMs);
  }
  return true;
}
