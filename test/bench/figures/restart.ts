import { performance } from 'node:perf_hooks';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, isTransient } from '@stagewire/client';
import { compare } from '../compare.ts';
import { Invalid, type Measurement } from '../figure.ts';
import { startMeasured } from '../measured-process.ts';
import { until } from '../../support/until.ts';
import { pace } from '../pace.ts';
import { createStagewireSide } from '../sides.ts';
import { quantile } from '../statistics.ts';
import { createTokenProvider } from '../token-provider.ts';

/** The client's own default for the longest wait before it tries again. */
const backoffCapMs = 10_000;
const runCount = 10;

export const restart: Measurement = {
  id: 'P9',
  what: 'kill -9 and restart with clients attached',
  async measure({ rounds, quick, log }) {
    const clients = quick ? 200 : 1000;
    const back: number[] = [];
    for (let round = 0; round < (quick ? 1 : Math.min(rounds, 2)); round += 1) {
      const backMs = await once(clients);
      back.push(quantile(backMs, 0.95) / 1000);
      log(
        `  ${backMs.length} clients back, p95 ${quantile(backMs, 0.95).toFixed(0)} ms, last ${Math.max(...backMs).toFixed(0)} ms`,
      );
    }
    return {
      figures: [
        compare({
          id: 'P9',
          what: `restart with ${clients} clients: server ready → client has its next event, p95`,
          unit: 's',
          ours: back,
          compares: 'value',
          goal: '≤ 12 s, none lost',
          isMet: (seconds) => seconds <= backoffCapMs / 1000 + 2,
          notes: [
            `${runCount} runs; every client ends with every seq of its run, once, or there is no figure`,
          ],
        }),
      ],
    };
  },
};

/** For each client, how long after the server was ready again its next event came. */
async function once(clientCount: number): Promise<number[]> {
  await using opened = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-bench-'));
  opened.defer(() => rm(dataDir, { recursive: true, force: true }));
  const provider = opened.use(await createTokenProvider());
  const env = { BENCH_PROVIDER: provider.baseUrl, BENCH_DATA: dataDir };
  const first = opened.use(await startMeasured('app-process', { env }));
  const side = createStagewireSide(first, provider);
  const flows = await Promise.all(
    Array.from({ length: runCount }, (_, index) => side.open(`restart-${index}`, [])),
  );
  const writer = pace(
    flows.map(({ stream }) => stream),
    2,
  );

  let readyMs = Infinity;
  const backMs: number[] = [];
  const attached = new Set<number>();
  const ends = Array.from({ length: clientCount }, async (_, index) => {
    const { runId = '' } = flows[index % runCount] ?? {};
    await using client = connect({ url: `http://127.0.0.1:${first.port}` });
    let last = 0;
    let isBack = false;
    for await (const event of client.run(runId).events()) {
      if (event.type === 'run.queued') attached.add(index);
      const nowMs = performance.now();
      if (!isBack && nowMs > readyMs) {
        isBack = true;
        backMs.push(nowMs - readyMs);
      }
      if (isTransient(event)) continue;
      const from = event.firstSeq ?? event.seq;
      if (from !== last + 1) throw new Invalid(`seq ${last + 1} was to come, ${from} came`);
      last = event.seq;
    }
    return last;
  });
  await until(() => attached.size === clientCount, 'every client to be attached', {
    timeoutMs: 60_000,
    intervalMs: 20,
  });
  await sleep(500);
  await first.stop('SIGKILL');
  await writer.stop();
  const second = opened.use(
    await startMeasured('app-process', { env: { ...env, BENCH_PORT: String(first.port) } }),
  );
  readyMs = performance.now();
  const resumed = await Promise.all(flows.map((_, index) => provider.next(`restart-${index}`)));
  const again = pace(resumed, 2);
  const deadlineMs = readyMs + 30_000;
  while (backMs.length < clientCount && performance.now() < deadlineMs) await sleep(20);
  if (backMs.length < clientCount)
    throw new Invalid(`${clientCount - backMs.length} clients did not come back`);
  await again.stop();
  for (const stream of resumed) stream.end();
  const lasts = await Promise.all(ends);
  for (const [index, last] of lasts.entries()) {
    const other = lasts[index % runCount];
    if (last !== other)
      throw new Invalid(`one follower ended with seq ${last}, another of the same run with ${other}`);
  }
  for (const flow of flows) flow.close();
  await second.stop();
  return backMs;
}
