import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../../support/until.ts';
import { createTokenProvider } from '../token-provider.ts';
import { numberedToken } from './numbered-tokens.ts';
import type { MeasureOptions, Values } from './measure.ts';
import type { PeerItem } from './peer-figures.ts';
import type { Peer, PeerBench, PeerServers } from './peer.ts';

const startTimeoutMs = 60_000;
const itemTimeoutMs = 25_000;
/** How long the leftovers of a measurement that took too long may take to notice that its servers are gone. */
const leftoversMs = 10_000;

export interface PeerRound {
  readonly items: readonly PeerItem[];
  readonly quick: boolean;
  readonly onLatencies: NonNullable<MeasureOptions['onLatencies']>;
  onValues(item: PeerItem, values: Values): void;
  onProblem(item: PeerItem, why: string): void;
  /** Is there time for another item? */
  mayGoOn(): boolean;
}

/**
 * Does everything to one system, once, in processes of its own. What takes too long or fails has no figure, and the
 * next item has new processes.
 *
 * @throws Unavailable if this machine lacks what the system needs.
 */
export async function runPeer(peer: Peer, round: PeerRound): Promise<void> {
  const { items, quick, onLatencies } = round;
  await using provider = await createTokenProvider({ textOf: numberedToken });
  let servers: PeerServers | undefined;
  let folder: string | undefined;
  const stop = async () => {
    await servers?.[Symbol.asyncDispose]();
    servers = undefined;
    if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    folder = undefined;
  };
  try {
    for (const item of items) {
      if (!round.mayGoOn()) return;
      if (servers === undefined) {
        folder = await mkdtemp(join(tmpdir(), 'stagewire-peers-'));
        servers = await startInTime(peer, { provider, folder });
      }
      const measuring = item.measure(servers, crypto.randomUUID(), { provider, quick, onLatencies });
      try {
        const values = await within(measuring, 'its end', { timeoutMs: itemTimeoutMs });
        round.onValues(item, values);
      } catch (error) {
        round.onProblem(item, (error as Error).message);
        await stop();
        await Promise.race([measuring.catch(() => undefined), sleep(leftoversMs, undefined, { ref: false })]);
      }
    }
  } finally {
    await stop();
  }
}

/** What starts too late is ended as soon as it has started, before anything else is begun. */
async function startInTime(peer: Peer, bench: PeerBench): Promise<PeerServers> {
  const starting = peer.start(bench);
  try {
    return await within(starting, `${peer.name} to start`, { timeoutMs: startTimeoutMs });
  } catch (error) {
    const ended = starting.then(
      (late) => late[Symbol.asyncDispose](),
      () => undefined,
    );
    await Promise.race([ended, sleep(startTimeoutMs, undefined, { ref: false })]);
    throw error;
  }
}
