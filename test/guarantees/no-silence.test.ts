import type { StartReceipt } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { systemClock } from '../../server/runtime/clock.ts';
import { startComposedServer } from '../support/composed-server.ts';
import { createFallibleLog } from '../support/fallible-log.ts';
import { openFollowSocket } from '../support/follow-socket.ts';
import { createLedger, type Ledger } from '../support/ledger.ts';
import type { ProviderAnswer } from '../support/provider-script.ts';
import { createProviderServer } from '../support/provider-server.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, isLong, timeoutMs } from './sizes.ts';

// G14: no silent period, whatever a live run waits for.
// Seen red with: the heartbeat was half as long again; silence while the log is down.

const heartbeatMs = 1000;
const watchMs = isLong ? 60_000 : 4000;
const followersPerRun = 3;

const steady = Array.from({ length: 20_000 }, (_, n) => `t${n} `);
const waits: Readonly<Record<string, ProviderAnswer>> = {
  connecting: { fault: { kind: 'no-headers' } },
  'first-token': { tokens: ['late'], pace: { firstTokenMs: 10 * 60_000 } },
  reasoning: { reasoning: steady, pace: { tokenMs: 50 } },
  stalled: { tokens: ['a ', 'b '], fault: { kind: 'stall', afterDeltas: 2 } },
  backoff: { fault: { kind: 'http', status: 503, headers: { 'retry-after': '50' } } },
};

test(
  'no follower of a live run waits longer than the heartbeat and 250 ms for some event, and it is told why',
  { timeout: timeoutMs },
  async () => {
    await using provider = await createProviderServer({
      answer: ({ body }) => waits[String(body['model'])] ?? 'unexpected',
    });
    const disk = { full: false };
    const log = createFallibleLog({
      clock: systemClock,
      beforeCommit() {
        if (disk.full) throw new Error('disk full');
      },
    });
    await using server = await startComposedServer({
      log,
      env: {
        COMPATIBLE_BASE_URL: `${provider.url}/v1`,
        STAGEWIRE_MODEL: 'compatible/stalled',
        STAGEWIRE_HEARTBEAT_MS: String(heartbeatMs),
      },
      runs: { maxRunningRuns: Object.keys(waits).length },
    });
    await using commander = await openFollowSocket(server.port);
    const start = async (model: string) => {
      const input = { task: 'Wait', models: { default: `compatible/${model}` } };
      return (await commander.call<StartReceipt>('mutation', 'runs.start', input)).runId;
    };
    // More than may run at a time: the last one waits for its turn.
    const phases = [...Object.keys(waits), 'queued'];
    const runIds: string[] = [];
    for (const phase of phases) runIds.push(await start(phase));

    const watched = await Promise.all(
      runIds.flatMap((runId, index) =>
        Array.from({ length: followersPerRun }, async (_, who) => {
          const socket = await openFollowSocket(server.port);
          const ledger = createLedger(runId, { keepsEvents: false });
          // Who leaves the reasoning out hears of it all the same.
          void socket.follow(ledger, { reasoning: who > 0 && index > 0 });
          return { socket, ledger, phase: phases[index] ?? '', who };
        }),
      ),
    );
    const lag = startLagMeter();
    // Silence is measured, over several heartbeats.
    await sleep(watchMs);
    for (const { ledger, phase, who } of watched) {
      const { breaches, phases: told } = ledger;
      expect(breaches).toEqual([]);
      if (phase !== 'reasoning' || who === 0) expect([...told.keys()], phase).toContain(phase);
    }
    expect(watched.find(({ phase, who }) => phase === 'reasoning' && who > 0)?.ledger.seq).toBeGreaterThan(
      20,
    );

    // Only a run that has something to write finds out that it cannot.
    disk.full = true;
    // As long again.
    await sleep(watchMs);
    const [thinker] = watched.filter(({ phase }) => phase === 'reasoning');
    expect([...(thinker?.ledger.phases.keys() ?? [])]).toContain('log');
    const lagMs = lag.stop();

    const silence = (ledger: Ledger) => Math.round(ledger.largestGapMs);
    for (const { ledger, phase } of watched) {
      expect(silence(ledger), `timing: ${phase}`).toBeLessThanOrEqual(heartbeatMs + 250 + lagMs);
    }
    // It was measured while nothing but the heartbeat spoke.
    expect(silence(watched[0]?.ledger ?? createLedger(''))).toBeGreaterThan(heartbeatMs / 2);

    disk.full = false;
    const resumed = thinker?.ledger.seq ?? 0;
    await expect.poll(() => thinker?.ledger.seq, eventually).toBeGreaterThan(resumed + 3);
    for (const { socket } of watched) await socket[Symbol.asyncDispose]();
  },
);

/**
 * By how much this process was held up at worst: server and followers are in it, and what a busy machine does to the
 * one who measures is no silence of the server.
 */
function startLagMeter() {
  const everyMs = 10;
  let lastMs = performance.now();
  let worstMs = 0;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    worstMs = Math.max(worstMs, nowMs - lastMs - everyMs);
    lastMs = nowMs;
  }, everyMs);
  return {
    stop() {
      clearInterval(timer);
      return worstMs;
    },
  };
}
