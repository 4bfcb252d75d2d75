import { readdirSync, readFileSync } from 'node:fs';

/** Tells how much of the machine others had: who looks at times by the clock must know whose they are. */
export interface ForeignLoad {
  /** Cores that were busy with other than this process and those it started, since it was asked last. */
  cores(): number;
}

/** Linux counts in hundredths of a second, whatever its kernel was built for. */
const tickMs = 10;

/** Goes by what Linux tells in `/proc`. */
export function measureForeignLoad(): ForeignLoad {
  let last = look();
  return {
    cores() {
      const before = last;
      last = look();
      const ticks = last.all - before.all - (last.own - before.own);
      return Math.max(0, (ticks * tickMs) / (last.atMs - before.atMs));
    },
  };
}

/** Ticks since the start: of the machine without its idle ones, and of this process with its descendants. */
function look(): { readonly atMs: number; readonly all: number; readonly own: number } {
  const [total = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, stolen = 0] = total
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const processes = new Map(readdirSync('/proc').filter(isNumber).flatMap(processOf));
  const isOwn = (pid: number): boolean => {
    if (pid === process.pid) return true;
    const parent = processes.get(pid)?.parent;
    return parent !== undefined && isOwn(parent);
  };
  const own = Array.from(processes).reduce((sum, [pid, { ticks }]) => sum + (isOwn(pid) ? ticks : 0), 0);
  return { atMs: performance.now(), all: user + nice + system + irq + softIrq + stolen, own };
}

const isNumber = (name: string) => /^\d+$/.test(name);

function processOf(pid: string): [number, { readonly parent: number; readonly ticks: number }][] {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // It has ended since the list was read.
    return [];
  }
  // Behind the name, which may hold anything: state, parent, and later its ticks and those of its ended children.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return [[Number(pid), { parent: Number(fields[1]), ticks }]];
}
