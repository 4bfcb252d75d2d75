import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** What a measured process tells of itself. */
export interface Usage {
  /** User and system CPU of the whole process so far, threads included, in microseconds. */
  readonly cpuUs: number;
  /** Bytes that V8 knows of: the heap in use and what lies outside of it. */
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** Bytes that wait in the process because the kernel has not taken them, of the connections it has accepted. */
  readonly unsentBytes: number;
  /** The longest the event loop was away since the last time this was asked, in milliseconds; NaN if it is not measured. */
  readonly maxLoopDelayMs: number;
  /** How busy the event loop was since the last time this was asked, 0 to 1. */
  readonly utilization: number;
}

export interface Question {
  readonly ask: 'usage' | 'collect' | 'window' | 'stop';
  /** For `window`: a fixed merge window in milliseconds, or null for the server's own. */
  readonly windowMs?: number | null;
}

/** Tells the parent that this process is ready, and answers its questions, one after the other. */
export function answerParent(
  port: number,
  handlers: { stop(): Promise<void>; window?(ms: number | null): void },
): void {
  // It wakes the process up a thousand times per second: with `off` the CPU does not depend on how long something takes.
  const delay =
    process.env['BENCH_LOOP_DELAY'] === 'off' ? undefined : monitorEventLoopDelay({ resolution: 1 });
  delay?.enable();
  let since = performance.eventLoopUtilization();
  const sockets = new Set<Socket>();
  subscribe('net.server.socket', (message) => {
    const { socket } = message as { readonly socket: Socket };
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  process.on('message', (question: Question) => {
    if (question.ask === 'stop') {
      void handlers.stop().finally(() => process.disconnect());
      return;
    }
    if (question.ask === 'window') handlers.window?.(question.windowMs ?? null);
    if (question.ask === 'collect') collect();
    const { user, system } = process.cpuUsage();
    const { heapUsed, external, rss } = process.memoryUsage();
    const now = performance.eventLoopUtilization();
    const usage: Usage = {
      cpuUs: user + system,
      heapBytes: heapUsed + external,
      rssBytes: rss,
      unsentBytes: [...sockets].reduce((sum, { writableLength }) => sum + writableLength, 0),
      maxLoopDelayMs: (delay?.max ?? Number.NaN) / 1e6,
      utilization: performance.eventLoopUtilization(now, since).utilization,
    };
    since = now;
    delay?.reset();
    process.send?.(usage);
  });
  process.send?.({ port });
}

/** Twice: what the first pass finalizes, the second one frees. */
function collect(): void {
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  gc?.();
}
