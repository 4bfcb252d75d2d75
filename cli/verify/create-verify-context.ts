import { performance } from 'node:perf_hooks';
import { systemRandom } from '@stagewire/server/runtime/random';
import type { Clock } from '@stagewire/server/runtime/clock';
import { verifyRunPrefix } from '../delete/select-runs.ts';
import { fetchInfo } from '../terminal/find-server.ts';
import { createPlainHttp } from './plain-http.ts';
import type { VerifyContext } from './verify-kit.ts';

export interface VerifyContextOptions {
  readonly url: string;
  /** Of further nodes of the same cluster. @default none */
  readonly otherUrls?: readonly string[];
  readonly token?: string | undefined;
  readonly clock: Clock;
  /** The timeout of a check for expected messages, in milliseconds. */
  readonly patienceMs: number;
}

/** The shared context of a verification. @throws CliProblem if no server responds */
export async function createVerifyContext({
  url,
  otherUrls = [],
  token,
  clock,
  patienceMs,
}: VerifyContextOptions): Promise<VerifyContext> {
  const started = new Set<string>();
  const onStarted = (runId: string) => void started.add(runId);
  const urls = [url, ...otherUrls];
  const https = urls.map((one) => createPlainHttp(new URL(one), { patienceMs, token, onStarted }));
  const [http] = https;
  if (http === undefined) throw new RangeError('a verification needs an address');
  return {
    url,
    urls,
    https,
    token,
    info: await fetchInfo(url, token),
    http,
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
