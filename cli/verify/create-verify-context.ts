import { performance } from 'node:perf_hooks';
import { systemRandom } from '@stagewire/server/runtime/random';
import type { Clock } from '@stagewire/server/runtime/clock';
import { askInfo } from '../terminal/find-server.ts';
import { createPlainHttp } from './plain-http.ts';
import type { VerifyContext } from './verify-kit.ts';

export interface VerifyContextOptions {
  readonly url: string;
  readonly clock: Clock;
  /** How long a check waits for what must come, in milliseconds. */
  readonly patienceMs: number;
}

/** What a verification of this server needs. @throws CliProblem if there is no server */
export async function createVerifyContext({
  url,
  clock,
  patienceMs,
}: VerifyContextOptions): Promise<VerifyContext> {
  return {
    url,
    info: await askInfo(url),
    http: createPlainHttp(new URL(url), patienceMs),
    clock,
    nowMs: () => performance.now(),
    random: systemRandom,
    patienceMs,
    recordings: new Map(),
  };
}
