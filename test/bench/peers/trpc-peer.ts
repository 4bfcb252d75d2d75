import { openLeanSocket } from '../lean-socket.ts';
import type { Peer } from './peer.ts';
import { peerFile } from './peer-file.ts';
import { startPeerProcesses } from './peer-processes.ts';
import { openTrpcSubscriber } from './trpc-subscriber.ts';

export const trpcPeer: Peer = {
  name: 'tRPC',
  packages: ['@trpc/server', 'ws'],
  async start({ provider }) {
    const env = { BENCH_PROVIDER: provider.baseUrl };
    const processes = await startPeerProcesses([() => ({ entry: peerFile('trpc-process.mjs'), env })]);
    const port = processes.ports[0] ?? 0;
    return {
      ...processes,
      async begin(model) {
        const caller = await openLeanSocket(port, '/', () => undefined);
        const call = (path: string) =>
          caller.send(JSON.stringify({ id: 1, method: 'mutation', params: { path, input: { model } } }));
        call('start');
        const stream = await provider.next(model);
        return {
          stream,
          follow: (listener) =>
            openTrpcSubscriber({ port, url: '/', path: 'tokens', input: { model } }, listener),
          cancel() {
            call('stop');
            return stream.closed;
          },
          close: () => caller.close(),
        };
      },
    };
  },
};
