import { openRuns, sendTokens } from './counted-run.ts';
import type { Curve, Growth, GrowthOptions } from './curve.ts';
import { openGrowthServer } from './growth-server.ts';
import { createPoints, type Points } from './points.ts';

const curves = {
  started: { what: 'start of a run with a subscriber', unit: 'µs', costOf: 'one' },
  token: { what: 'a token, received by its subscriber', unit: 'µs', costOf: 'one' },
  memory: { what: 'memory of all live runs', unit: 'MB', costOf: 'all' },
  restart: { what: 'restart until all runs have asked the provider again', unit: 'ms', costOf: 'all' },
} as const satisfies Record<string, Omit<Curve, 'points'>>;

/** Runs that receive a token at the same time. The others are idle. */
const atOnce = 10;
/** Before anything is measured: compilers and caches warm up. */
const warmRuns = 50;

/** Live runs with one subscriber each. */
export const liveRuns: Growth = {
  id: 'runs',
  async measure(options) {
    const amounts = options.quick ? [1, 10, 50] : [1, 10, 100, 300, 1000];
    const points = createPoints(curves);
    for (const amount of amounts) {
      await measureRuns(amount, points, options);
      options.log(`  ${amount} runs: ${points.latest()}`);
    }
    return {
      id: 'runs',
      grows: 'live runs',
      notes: [
        `${atOnce} of the runs receive a token at a time, in turn, so that the rate does not grow with them`,
      ],
      curves: points.curves(),
    };
  },
};

async function measureRuns(
  amount: number,
  points: Points<keyof typeof curves>,
  { quick, serverArguments }: GrowthOptions,
): Promise<void> {
  const tokens = quick ? 500 : 3000;
  await using server = await openGrowthServer(serverArguments);
  const { process, side } = await server.start();
  const warm = await openRuns(side, 'warm', warmRuns);
  await sendTokens(warm, { tokens, atOnce });
  await Promise.all(warm.map(({ flow }) => flow.cancel()));
  for (const { flow } of warm) flow.close();

  await process.collected();
  const empty = await process.collected();
  const runs = await openRuns(side, 'live', amount);
  const started = await process.usage();
  points.add('started', amount, (started.cpuUs - empty.cpuUs) / amount);
  await sendTokens(runs, { tokens: amount, atOnce });
  const idle = await process.collected();
  points.add('memory', amount, (idle.heapBytes - empty.heapBytes) / 1e6);
  await sendTokens(runs, { tokens, atOnce });
  points.add('token', amount, ((await process.usage()).cpuUs - idle.cpuUs) / tokens);

  for (const { flow } of runs) flow.close();
  await process.stop('SIGKILL');
  const again = await server.start();
  await Promise.all(runs.map((_, index) => server.provider.next(`live-${index}`)));
  points.add('restart', amount, (await again.process.usage()).cpuUs / 1000);
}
