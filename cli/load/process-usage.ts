import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

export interface ProcessUsage {
  /** CPU time since the process began, in milliseconds. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

const run = promisify(execFile);

/** CPU and memory of another process on this machine; `undefined` if they cannot be read. */
export async function readProcessUsage(pid: number): Promise<ProcessUsage | undefined> {
  try {
    return process.platform === 'linux' ? await fromProc(pid) : await fromPs(pid);
  } catch {
    // The process has ended, or this system supports neither way: the report then has no figure.
    return undefined;
  }
}

/** One tick in /proc is 10 ms on every Linux that Node supports. */
const tickMs = 10;

async function fromProc(pid: number): Promise<ProcessUsage> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  // The name, in parentheses, may contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const rssKb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  return checked({ cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs, rssBytes: rssKb * 1024 });
}

async function fromPs(pid: number): Promise<ProcessUsage> {
  const { stdout } = await run('ps', ['-o', 'rss=,time=', '-p', String(pid)]);
  const [rssKb, time = ''] = stdout.trim().split(/\s+/);
  return checked({ cpuMs: psTimeMs(time), rssBytes: Number(rssKb) * 1024 });
}

/** `[[days-]hours:]minutes:seconds`, the seconds with or without hundredths. */
function psTimeMs(text: string): number {
  const [clock = '', days = '0'] = text.split('-').toReversed();
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1000;
}

function checked(usage: ProcessUsage): ProcessUsage {
  if (Number.isFinite(usage.cpuMs) && Number.isFinite(usage.rssBytes)) return usage;
  throw new RangeError('the process statistics cannot be parsed');
}
