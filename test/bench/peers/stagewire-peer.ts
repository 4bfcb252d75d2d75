import type { MeasuredProcess } from '../measured-process.ts';
import { createStagewireSide } from '../sides.ts';
import type { Peer } from './peer.ts';
import { startPeerProcesses } from './peer-processes.ts';
import { openTrpcSubscriber } from './trpc-subscriber.ts';

/** As by `npm start`: SQLite on disk, one role. */
export const stagewirePeer: Peer = {
  name: 'Stagewire',
  packages: ['@trpc/server', 'ws'],
  async start({ provider, folder }) {
    const env = { BENCH_PROVIDER: provider.baseUrl, BENCH_DATA: folder, BENCH_HEARTBEAT: '60000' };
    const processes = await startPeerProcesses([() => ({ entry: 'app-process', env })]);
    const port = processes.ports[0] ?? 0;
    // Only the port is asked of it.
    const side = createStagewireSide({ port } as MeasuredProcess, provider);
    return {
      ...processes,
      async begin(model) {
        const flow = await side.open(model, []);
        return {
          stream: flow.stream,
          follow: (listener) =>
            openTrpcSubscriber(
              {
                port,
                url: '/trpc',
                path: 'runs.events',
                input: { runId: flow.runId },
                isText: ({ type }) => type === 'stage.delta',
              },
              listener,
            ),
          cancel: () => flow.cancel(),
          close: () => flow.close(),
        };
      },
    };
  },
};
