import { startMeasured, type MeasuredProcess } from '../measured-process.ts';
import type { Usage } from '../process-messages.ts';

/** A process of a system. */
export interface PeerProcess {
  readonly entry: 'app-process' | URL;
  readonly env: Readonly<Record<string, string>>;
}

/** The processes of a system, as one: what they use is added up. */
export interface PeerProcesses extends AsyncDisposable {
  /** Of each, in their order. */
  readonly ports: readonly number[];
  usage(): Promise<Usage>;
  collected(): Promise<Usage>;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

export interface PeerProcessesOptions {
  /** CPU and memory of a service beside them, which is not killed with them. */
  readonly service?: () => Pick<Usage, 'cpuUs' | 'rssBytes'>;
}

/** Starts them one after the other. @param wanted Each is given the ports of those before it. */
export async function startPeerProcesses(
  wanted: readonly ((ports: readonly number[]) => PeerProcess)[],
  { service }: PeerProcessesOptions = {},
): Promise<PeerProcesses> {
  let processes: MeasuredProcess[] = [];
  const ports: number[] = [];
  let isOver = false;
  const start = async (): Promise<void> => {
    for (const [index, one] of wanted.entries()) {
      const { entry, env } = one(ports);
      const port = ports[index];
      const started = await startMeasured(entry, {
        env: { ...env, ...(port === undefined ? {} : { BENCH_PORT: String(port) }) },
        isQuiet: true,
      });
      // A restart whose measurement took too long comes after the end.
      if (isOver) return started.stop('SIGKILL');
      processes.push(started);
      ports[index] = started.port;
    }
  };
  const stop = async (signal?: 'SIGKILL') => {
    const stopping = processes;
    processes = [];
    await Promise.all(stopping.map((it) => it.stop(signal)));
  };
  const add = async (ask: (process: MeasuredProcess) => Promise<Usage>): Promise<Usage> => {
    const usages = await Promise.all(processes.map(ask));
    const beside = service?.() ?? { cpuUs: 0, rssBytes: 0 };
    const total = (read: (usage: Usage) => number) => usages.reduce((sum, usage) => sum + read(usage), 0);
    return {
      cpuUs: total((it) => it.cpuUs) + beside.cpuUs,
      heapBytes: total((it) => it.heapBytes),
      rssBytes: total((it) => it.rssBytes) + beside.rssBytes,
      unsentBytes: total((it) => it.unsentBytes),
      maxLoopDelayMs: Math.max(...usages.map((it) => it.maxLoopDelayMs)),
      utilization: Math.max(...usages.map((it) => it.utilization)),
    };
  };
  try {
    await start();
  } catch (error) {
    await stop('SIGKILL');
    throw error;
  }
  return {
    ports,
    usage: () => add((it) => it.usage()),
    collected: () => add((it) => it.collected()),
    kill: () => stop('SIGKILL'),
    restart: start,
    // What they would do at an orderly end is not measured, and takes some of them seconds.
    [Symbol.asyncDispose]() {
      isOver = true;
      return stop('SIGKILL');
    },
  };
}
