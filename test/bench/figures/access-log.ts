import { startBenchServers, type BenchServers } from '../bench-servers.ts';
import { compare } from '../compare.ts';
import { Invalid, type Measurement } from '../figure.ts';
import { openCaller } from '../sides.ts';

/** Calls that wait for their answers at the same time. */
const inFlight = 20;
/** The cheapest of the calls that read the log: a line in the access log is a larger part of no other. */
const path = 'runs.list';
const input = { limit: 1 };

/**
 * The same server twice: one that logs each request and each call, to a pipe that is read, and as the baseline one that logs none.
 * Tokens and idle subscribers have no line.
 */
export const accessLog: Measurement = {
  id: 'P14',
  what: 'what the access log costs a call',
  async measure({ rounds, quick, serverArguments, log }) {
    const modes = ['off', 'all'] as const;
    const taken = () => ({ off: [] as number[], all: [] as number[] });
    const [socket, http] = [taken(), taken()];
    const count = quick ? 1000 : 10_000;
    for (let round = 0; round < rounds; round += 1) {
      // New processes each time, and alternately first.
      for (const mode of round % 2 === 0 ? modes : modes.toReversed()) {
        await using servers = await startBenchServers(serverArguments, { BENCH_ACCESS_LOG: mode });
        const { process } = servers.ours;
        const [bySocket, byHttp] = [await callsBySocket(servers), callsByHttp(servers)];
        // The first time is for the compilers only.
        await cpuUsPerCall(servers, { call: bySocket.call, count });
        await cpuUsPerCall(servers, { call: byHttp, count });
        const socketUs = await cpuUsPerCall(servers, { call: bySocket.call, count });
        const before = process.loggedBytes;
        const httpUs = await cpuUsPerCall(servers, { call: byHttp, count });
        bySocket.close();
        // Some of the lines may be in the pipe still.
        if (process.loggedBytes - before < count === (mode === 'all'))
          throw new Invalid(
            `with STAGEWIRE_ACCESS_LOG=${mode} the server has logged ${process.loggedBytes - before} bytes`,
          );
        log(`  ${mode}: ${socketUs.toFixed(1)} µs per call, ${httpUs.toFixed(1)} µs per request`);
        socket[mode].push(socketUs);
        http[mode].push(httpUs);
      }
    }
    const figure = (id: string, what: string, { off, all }: typeof socket) =>
      compare({
        id,
        what: `server CPU per ${what}, with the access log`,
        unit: 'µs',
        ours: all,
        baseline: off,
        compares: 'difference',
        goal: 'for comparison',
        notes: [`${path}, ${inFlight} at a time; the baseline is the same server without it`],
      });
    return {
      figures: [figure('P14a', 'call on a WebSocket', socket), figure('P14b', 'request over HTTP', http)],
    };
  },
};

async function callsBySocket({ ours }: BenchServers) {
  const { socket, call } = await openCaller(ours.target);
  return { call: () => call(path, input, 'query'), close: () => socket.close() };
}

function callsByHttp({ ours }: BenchServers): () => Promise<unknown> {
  const url = `http://127.0.0.1:${ours.target.port}/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`;
  return async () => {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url} answers ${response.status}`);
    await response.text();
  };
}

async function cpuUsPerCall(
  { ours }: BenchServers,
  { call, count }: { readonly call: () => Promise<unknown>; readonly count: number },
): Promise<number> {
  const before = await ours.process.usage();
  let left = count;
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  return ((await ours.process.usage()).cpuUs - before.cpuUs) / count;
}
