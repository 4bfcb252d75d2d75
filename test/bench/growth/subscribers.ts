import type { LeanSocket } from '../lean-socket.ts';
import { followRun, type Flow, type Side } from '../sides.ts';
import { until } from '../../support/until.ts';
import type { Curve, Growth } from './curve.ts';
import { openGrowthServer } from './growth-server.ts';
import { createPoints } from './points.ts';

const curves = {
  subscribed: { what: 'a subscription, with its connection', unit: 'µs', costOf: 'one' },
  token: { what: 'a token, at all subscribers', unit: 'ms', costOf: 'all' },
  delivered: { what: 'a delivered token', unit: 'µs', costOf: 'one' },
  memory: { what: 'memory of all subscribers', unit: 'MB', costOf: 'all' },
} as const satisfies Record<string, Omit<Curve, 'points'>>;

/** Connections that are opened at the same time. */
const atOnce = 50;
const warmSubscribers = 100;
const warmTokens = 300;

/** Subscribers of one run, on a connection each. */
export const subscribers: Growth = {
  id: 'subscribers',
  async measure({ quick, serverArguments, log: say }) {
    const amounts = quick ? [1, 10, 50] : [1, 10, 100, 1000, 2000, 5000];
    const points = createPoints(curves);
    await using server = await openGrowthServer(serverArguments);
    const { process, side } = await server.start();
    await process.fixWindow(0);
    const flow = await side.open('shared', []);
    const crowd = createCrowd(side, flow);

    await crowd.growTo(warmSubscribers);
    await crowd.send(warmTokens);
    await crowd.shrinkTo(0);
    await process.collected();
    const empty = await process.collected();
    for (const amount of amounts) {
      const added = amount - crowd.size();
      const before = await process.usage();
      await crowd.growTo(amount);
      points.add('subscribed', amount, ((await process.usage()).cpuUs - before.cpuUs) / added);
      await crowd.send(1);
      const idle = await process.collected();
      points.add('memory', amount, (idle.heapBytes - empty.heapBytes) / 1e6);
      const tokens = Math.max(20, Math.min(500, Math.round((quick ? 5000 : 50_000) / amount)));
      await crowd.send(tokens);
      const cpuUs = (await process.usage()).cpuUs - idle.cpuUs;
      points.add('token', amount, cpuUs / tokens / 1000);
      points.add('delivered', amount, cpuUs / tokens / amount);
      say(`  ${amount} subscribers: ${points.latest()}`);
    }
    await crowd.shrinkTo(0);
    flow.close();
    return {
      id: 'subscribers',
      grows: 'subscribers of a run',
      notes: ['without coalescing, a token when the one before was received by all'],
      curves: points.curves(),
    };
  },
};

/** The subscribers of a run. */
function createCrowd(side: Side, { runId, stream }: Flow) {
  const sockets: LeanSocket[] = [];
  const received: number[] = [];

  async function add(index: number): Promise<void> {
    received[index] = 0;
    sockets[index] = await followRun(side.target, runId, (first, count) => {
      received[index] = first + count;
    });
  }

  const haveAll = () =>
    until(() => received.every((count) => count === stream.sentAtMs.length), 'the token at all subscribers', {
      timeoutMs: 60_000,
      intervalMs: 1,
    });

  return {
    size: () => sockets.length,
    async growTo(count: number) {
      while (sockets.length < count) {
        const some = Array.from(
          { length: Math.min(atOnce, count - sockets.length) },
          (_, index) => sockets.length + index,
        );
        await Promise.all(some.map(add));
      }
      await haveAll();
    },
    async send(tokens: number) {
      for (let sent = 0; sent < tokens; sent += 1) {
        stream.write();
        await haveAll();
      }
    },
    async shrinkTo(count: number) {
      received.length = count;
      for (const socket of sockets.splice(count)) {
        socket.close();
        await socket.closed;
      }
    },
  };
}
