import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second of `/proc`: the same on every Linux. */
const ticksPerSecond = 100;

/**
 * CPU that a process and its children have used, in microseconds, those included that have ended; from `/proc`, thus on Linux
 * only.
 */
export function cpuUsBelow(rootPid: number): number {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => statOf(pid) ?? []);
  const own = stats.filter(({ pid, parent }) => pid === rootPid || parent === rootPid);
  const ticks = own.reduce((sum, { pid, used, ofEnded }) => sum + used + (pid === rootPid ? ofEnded : 0), 0);
  return (ticks * 1e6) / ticksPerSecond;
}

function statOf(name: string) {
  let text: string;
  try {
    text = readFileSync(`/proc/${name}/stat`, 'utf8');
  } catch {
    // It has ended.
    return undefined;
  }
  // The name of the program, in parentheses, may contain spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const at = (index: number) => Number(fields[index]);
  return { pid: Number(name), parent: at(1), used: at(11) + at(12), ofEnded: at(13) + at(14) };
}
