import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Clock } from '@stagewire/server/runtime/clock';
import { readProcessUsage, type ProcessUsage } from './process-usage.ts';

/** The process that generates the load. */
export interface GeneratorUsage {
  /** Percent of one core. */
  readonly cpuPercent: number;
  /** The busy share of its event loop, from 0 to 1. */
  readonly loopUtilization: number;
  /** The delay of its own timers at the 99th percentile: no duration is more accurate than this. */
  readonly loopDelayP99Ms: number;
  readonly rssBytes: number;
}

/** The server's process, if it runs on this machine. */
export interface ServerUsage {
  readonly pid: number;
  /** Percent of one core. */
  readonly cpuPercent: number;
  readonly rssBytesAtStart: number;
  readonly rssBytesAtMost: number;
  readonly rssBytesAtEnd: number;
}

export interface UsageReport {
  readonly generator: GeneratorUsage;
  readonly server: ServerUsage | null;
}

/** Since the interval before. */
export interface UsageInterval {
  readonly generator: { readonly cpuPercent: number; readonly loopUtilization: number };
  readonly server: { readonly cpuPercent: number; readonly rssBytes: number } | null;
}

export interface UsageMonitor {
  /** Starts the measurement; everything before was the warm-up. */
  begin(): Promise<void>;
  /** The usage since the last call, or since `begin`. */
  interval(): Promise<UsageInterval>;
  /** Takes a last sample, and stops. */
  end(): Promise<UsageReport>;
}

const sampleMs = 500;
const delayResolutionMs = 5;

export function createUsageMonitor(
  serverPid: number | undefined,
  { clock, nowMs }: { readonly clock: Clock; readonly nowMs: () => number },
): UsageMonitor {
  const delay = monitorEventLoopDelay({ resolution: delayResolutionMs });
  const serverNow = async () => (serverPid === undefined ? undefined : await readProcessUsage(serverPid));
  let beganAtMs = nowMs();
  let ownCpu = process.cpuUsage();
  let loop = performance.eventLoopUtilization();
  let serverFirst: ProcessUsage | undefined;
  let rssBytesAtMost = 0;
  let cancelSample = () => {};

  let before = {
    atMs: beganAtMs,
    cpu: ownCpu,
    loop,
    server: undefined as ProcessUsage | undefined,
  };

  const sample = async () => {
    const usage = await serverNow();
    rssBytesAtMost = Math.max(rssBytesAtMost, usage?.rssBytes ?? 0);
    return usage;
  };
  const keepSampling = () => {
    cancelSample = clock.after(sampleMs, () => {
      void sample();
      keepSampling();
    });
  };

  return {
    async begin() {
      cancelSample();
      delay.enable();
      delay.reset();
      serverFirst = await sample();
      beganAtMs = nowMs();
      ownCpu = process.cpuUsage();
      loop = performance.eventLoopUtilization();
      before = { atMs: beganAtMs, cpu: ownCpu, loop, server: serverFirst };
      keepSampling();
    },
    async interval() {
      const last = before;
      const atMs = nowMs();
      const cpu = process.cpuUsage();
      const loopNow = performance.eventLoopUtilization();
      before = { atMs, cpu, loop: loopNow, server: await sample() };
      const wallMs = Math.max(1, atMs - last.atMs);
      const { server } = before;
      return {
        generator: {
          cpuPercent: (cpu.user - last.cpu.user + cpu.system - last.cpu.system) / 10 / wallMs,
          loopUtilization: performance.eventLoopUtilization(loopNow, last.loop).utilization,
        },
        server:
          server === undefined || last.server === undefined
            ? null
            : {
                cpuPercent: Math.max(0, ((server.cpuMs - last.server.cpuMs) / wallMs) * 100),
                rssBytes: server.rssBytes,
              },
      };
    },
    async end() {
      cancelSample();
      const wallMs = Math.max(1, nowMs() - beganAtMs);
      const own = process.cpuUsage(ownCpu);
      const { utilization } = performance.eventLoopUtilization(loop);
      const last = await sample();
      delay.disable();
      return {
        generator: {
          cpuPercent: (own.user + own.system) / 10 / wallMs,
          loopUtilization: utilization,
          // The monitor includes its own interval in the delay.
          loopDelayP99Ms: Math.max(0, delay.percentile(99) / 1e6 - delayResolutionMs),
          rssBytes: process.memoryUsage.rss(),
        },
        server:
          serverPid === undefined || serverFirst === undefined || last === undefined
            ? null
            : {
                pid: serverPid,
                cpuPercent: ((last.cpuMs - serverFirst.cpuMs) / wallMs) * 100,
                rssBytesAtStart: serverFirst.rssBytes,
                rssBytesAtMost,
                rssBytesAtEnd: last.rssBytes,
              },
      };
    },
  };
}
