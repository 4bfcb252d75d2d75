import { performance } from 'node:perf_hooks';
import { systemRandom } from '@stagewire/server/runtime/random';
import type { Clock } from '@stagewire/server/runtime/clock';
import { verifyRunPrefix } from '../delete/select-runs.ts';
import { fetchInfo } from '../terminal/find-server.ts';
import { createPlainHttp } from './plain-http.ts';
import type { VerifyContext } from './verify-kit.ts';

export interface VerifyContextOptions {
  readonly url: string;
  readonly token?: string | undefined;
  readonly clock: Clock;
  /** The timeout of a check for expected messages, in milliseconds. */
  readonly patienceMs: number;
}

/** The shared context of a verification. @throws CliProblem if no server responds */
export async function createVerifyContext({
  url,
  token,
  clock,
  patienceMs,
}: VerifyContextOptions): Promise<VerifyContext> {
  const started = new Set<string>();
  const onStarted = (runId: string) => void started.add(runId);
  return {
    url,
    token,
    info: await fetchInfo(url, token),
    http: createPlainHttp(new URL(url), { patienceMs, token, onStarted }),
    // Other verifications of the same server keep theirs.
    runIdPrefix: `${verifyRunPrefix}${systemRandom.uuid().slice(0, 8)}-`,
    started,
    clock,
    nowMs: () => performance.now(),
    random: systemRandom,
    patienceMs,
    recordings: new Map(),
  };
}
