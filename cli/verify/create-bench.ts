import { performance } from 'node:perf_hooks';
import { systemChance } from '@stagewire/server/runtime/chance';
import type { Clock } from '@stagewire/server/runtime/clock';
import { askInfo } from '../terminal/find-server.ts';
import { createPlainHttp } from './plain-http.ts';
import type { Bench } from './verify-kit.ts';

export interface BenchOptions {
  readonly url: string;
  readonly clock: Clock;
  /** How long a check waits for what must come, in milliseconds. */
  readonly patienceMs: number;
}

/** What a verification of this server needs. @throws CliProblem if there is no server */
export async function createBench({ url, clock, patienceMs }: BenchOptions): Promise<Bench> {
  return {
    url,
    info: await askInfo(url),
    http: createPlainHttp(new URL(url), patienceMs),
    clock,
    nowMs: () => performance.now(),
    chance: systemChance,
    patienceMs,
    recordings: new Map(),
  };
}
