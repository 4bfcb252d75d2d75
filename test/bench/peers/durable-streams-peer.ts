import { openLeanEventStream } from './lean-event-stream.ts';
import type { Peer, PeerListener } from './peer.ts';
import { peerFile } from './peer-file.ts';
import { startPeerProcesses } from './peer-processes.ts';
import { openSubscriber } from './reconnecting-subscriber.ts';

export const durableStreamsPeer: Peer = {
  name: 'Durable Streams',
  packages: ['@durable-streams/server', '@durable-streams/client'],
  async start({ provider, folder }) {
    const processes = await startPeerProcesses([
      () => ({ entry: peerFile('durable-store-process.mjs'), env: { BENCH_DATA: folder } }),
      ([store = 0]) => ({
        entry: peerFile('durable-writer-process.mjs'),
        env: { BENCH_PROVIDER: provider.baseUrl, BENCH_STORE: `http://127.0.0.1:${store}` },
      }),
    ]);
    const [store = 0, writer = 0] = processes.ports;
    const call = async (path: string, model: string) => {
      const response = await fetch(`http://127.0.0.1:${writer}/${path}?model=${model}`, { method: 'POST' });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      await response.body?.cancel();
    };
    return {
      ...processes,
      async begin(model) {
        await call('start', model);
        const stream = await provider.next(model);
        return {
          stream,
          follow: (listener) => follow(store, model, listener),
          cancel() {
            void call('stop', model).catch(() => undefined);
            return stream.closed;
          },
          close: () => undefined,
        };
      },
    };
  },
};

/** Reads live by an event stream, and comes back with the last offset that it was given. */
function follow(port: number, model: string, listener: PeerListener) {
  let offset = '-1';
  return openSubscriber(() =>
    openLeanEventStream({ port, path: `/${model}?offset=${offset}&live=sse` }, ({ event, data }) => {
      if (event === 'control') {
        offset = (JSON.parse(data) as { streamNextOffset: string }).streamNextOffset;
        return;
      }
      for (const { text } of JSON.parse(data) as { text: string }[]) listener.text(text);
    }),
  );
}
