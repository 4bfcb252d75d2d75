import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startBenchServers, type BenchServers } from '../bench-servers.ts';
import type { Measurement } from '../figure.ts';
import { compareVariants } from './compare-variants.ts';

/** More often than Prometheus usually asks. */
const scrapeEveryMs = 1000;

/**
 * The same server twice: one with limits of owners, whose metrics are read each second and whose traces are exported, and as
 * the baseline one without.
 */
export const observed: Measurement = {
  id: 'P13',
  what: 'what limits, metrics and traces cost an idle subscriber and a token',
  async measure(options) {
    await using collector = await startCollector();
    return await compareVariants(options, {
      id: 'P13',
      names: ['plain', 'observed'],
      with: 'limits, metrics and traces',
      note: `the baseline is the same server without them; metrics are read every ${scrapeEveryMs / 1000} s`,
      start: (name, serverArguments) =>
        name === 'plain'
          ? startBenchServers(serverArguments, { BENCH_HEARTBEAT: '60000' })
          : startObserved(collector.url, serverArguments),
    });
  },
};

async function startObserved(
  collectorUrl: string,
  serverArguments: readonly string[],
): Promise<BenchServers> {
  const servers = await startBenchServers(serverArguments, {
    BENCH_HEARTBEAT: '60000',
    BENCH_LIMITED: 'true',
    BENCH_TRACES: collectorUrl,
  });
  const url = `http://127.0.0.1:${servers.ours.process.port}/metrics`;
  const timer = setInterval(() => {
    fetch(url)
      .then(async (response) => {
        await response.text();
        if (!response.ok) throw new Error(`${url} answers ${response.status}`);
      })
      .catch((error: unknown) => console.error(`The metrics could not be read: ${String(error)}`));
  }, scrapeEveryMs);
  return {
    ...servers,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await servers[Symbol.asyncDispose]();
    },
  };
}

/** Accepts all spans. */
async function startCollector(): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(200).end());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
