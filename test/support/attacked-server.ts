import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { rawRequest } from './raw-request.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

/** What one attack did to the server. */
export interface Damage {
  /** The most memory that the process had. */
  readonly peakRssBytes: number;
  /** The event loop's delay, as the server itself measures it. */
  readonly loopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** How much longer everything took since other processes wanted the processors too: 1 for not at all. */
  readonly slowdown: number;
  /** The longest that `/healthz` took; Infinity if it was not answered. */
  readonly slowestHealthMs: number;
}

/** The server as a process with a small heap, watched while it is attacked. */
export interface AttackedServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly dataDir: string;
  readonly isAlive: boolean;
  readonly output: () => string;
  /** Runs the attack and measures meanwhile. @throws Error with the server's output if it has ended. */
  suffer(attack: () => Promise<void>): Promise<Damage>;
  /** From now on nobody reads what it says, until it is read again. */
  leaveOutputUnread(isUnread: boolean): void;
  /** What the account of memory holds. */
  heldBytes(): Promise<number>;
  /** Ends it by a signal and starts it again on the same folder. */
  restart(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** The heap that the guarantee is given for. */
const heapMegabytes = 256;

export async function startAttackedServer(
  options: {
    readonly env?: Readonly<Record<string, string>>;
    /** Fills the folder before the first start. */
    readonly prepare?: (dataDir: string) => Promise<void>;
  } = {},
): Promise<AttackedServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-attacked-'));
  await options.prepare?.(dataDir);
  const start = () =>
    startServerProcess({
      dataDir,
      env: { NODE_OPTIONS: `--max-old-space-size=${heapMegabytes}`, ...options.env },
    });
  let server: ServerProcess = await start();

  const isAlive = () => server.child.exitCode === null && server.child.signalCode === null;

  async function verbose() {
    const { body } = await rawRequest(server.port, { path: '/readyz?verbose' });
    return JSON.parse(body) as {
      readonly memory: { readonly total: { readonly heldBytes: number } };
      readonly eventLoopDelayMs: Damage['loopDelayMs'];
    };
  }

  /** In a thread of its own, which the attack does not hold up. */
  function watchHealth(): () => Promise<number> {
    const program = new URL('health-watch.ts', import.meta.url);
    const execArgv = ['--conditions=@stagewire/source'];
    const watch = new Worker(program, { workerData: server.port, execArgv });
    return async () => {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      watch.postMessage('stop');
      const [slowestMs] = (await once(watch, 'message')) as [number];
      return slowestMs;
    };
  }

  return {
    get port() {
      return server.port;
    },
    get url() {
      return server.url;
    },
    dataDir,
    get isAlive() {
      return isAlive();
    },
    output: () => server.output(),
    async suffer(attack) {
      await verbose();
      const over = new AbortController();
      const { pid } = server.child;
      forgetPeak(pid);
      const before = scheduled(pid);
      const endWatch = watchHealth();
      await Promise.race([attack(), once(server.child, 'exit', { signal: over.signal })]);
      over.abort();
      const slowestHealthMs = await endWatch();
      // A process that dies resets its connections before it is gone; one that lives has nothing to say.
      if (slowestHealthMs === Infinity) await sleep(1000);
      if (!isAlive()) throw new Error(`the server has ended: ${server.output().slice(-4000)}`);
      const { eventLoopDelayMs } = await verbose();
      const after = scheduled(pid);
      const ranNs = after.ranNs - before.ranNs;
      const slowdown = 1 + (after.waitedNs - before.waitedNs) / ranNs;
      return { peakRssBytes: peakOf(pid), loopDelayMs: eventLoopDelayMs, slowdown, slowestHealthMs };
    },
    leaveOutputUnread(isUnread) {
      for (const stream of [server.child.stdout, server.child.stderr]) {
        if (isUnread) stream?.pause();
        else stream?.resume();
      }
    },
    heldBytes: async () => (await verbose()).memory.total.heldBytes,
    async restart(signal = 'SIGTERM') {
      await server.stop(signal);
      server = await start();
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The peak is counted anew from here. */
function forgetPeak(pid: number | undefined): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function peakOf(pid: number | undefined): number {
  const [, kilobytes = 'NaN'] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** How long the process's main thread has run, and how long it was ready to run and did not. */
function scheduled(pid: number | undefined): { readonly ranNs: number; readonly waitedNs: number } {
  const [ranNs = 0, waitedNs = 0] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number);
  return { ranNs, waitedNs };
}
