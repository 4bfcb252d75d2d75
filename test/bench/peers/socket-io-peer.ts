import { openLeanSocket, type LeanSocket } from '../lean-socket.ts';
import type { Peer, PeerListener } from './peer.ts';
import { peerFile } from './peer-file.ts';
import { startPeerProcesses } from './peer-processes.ts';
import { openSubscriber } from './reconnecting-subscriber.ts';

export const socketIoPeer: Peer = {
  name: 'Socket.IO',
  packages: ['socket.io'],
  async start({ provider }) {
    const env = { BENCH_PROVIDER: provider.baseUrl };
    const processes = await startPeerProcesses([() => ({ entry: peerFile('socket-io-process.mjs'), env })]);
    const port = processes.ports[0] ?? 0;
    return {
      ...processes,
      async begin(model) {
        const caller = await openSocketIo(port, {}, () => undefined);
        caller.send(`42${JSON.stringify(['start', model])}`);
        const stream = await provider.next(model);
        return {
          stream,
          follow: (listener) => follow(port, model, listener),
          cancel() {
            caller.send(`42${JSON.stringify(['stop', model])}`);
            return stream.closed;
          },
          close: () => caller.close(),
        };
      },
    };
  },
};

interface Connected {
  readonly sid: string;
  /** The session that a recovery names. */
  readonly pid?: string;
}

/** Comes back with the private id of its session and the offset of its last event; without a recovery it joins its room. */
function follow(port: number, model: string, listener: PeerListener) {
  let session: Connected | undefined;
  let offset: string | undefined;
  return openSubscriber(async () => {
    const before = session;
    const auth = before?.pid === undefined || offset === undefined ? {} : { pid: before.pid, offset };
    const socket = await openSocketIo(port, auth, (packet) => {
      if (packet.startsWith('40')) session = JSON.parse(packet.slice(2)) as Connected;
      if (!packet.startsWith('42')) return;
      const [name, token, ...more] = JSON.parse(packet.slice(2)) as [string, { text: string }, string?];
      if (name !== 'token') return;
      // With recovery the adapter adds an offset to each event.
      offset = more[0] ?? offset;
      listener.text(token.text);
    });
    if (session?.pid === undefined || session.pid !== before?.pid) {
      socket.send(`42${JSON.stringify(['subscribe', model])}`);
    }
    return socket;
  });
}

/** Resolves when the namespace is joined. */
async function openSocketIo(
  port: number,
  auth: object,
  onPacket: (packet: string) => void,
): Promise<LeanSocket> {
  const joined = Promise.withResolvers<void>();
  // The first packet comes with the handshake, before there is a socket to answer by.
  const opened = Promise.withResolvers<LeanSocket>();
  const socket = await openLeanSocket(port, '/socket.io/?EIO=4&transport=websocket', (packet) => {
    if (packet.startsWith('0')) {
      void opened.promise.then((it) => it.send(`40${JSON.stringify(auth)}`));
      return;
    }
    // A ping.
    if (packet === '2') void opened.promise.then((it) => it.send('3'));
    else onPacket(packet);
    if (packet.startsWith('40')) joined.resolve();
  });
  opened.resolve(socket);
  void socket.closed.then(() => joined.reject(new Error('the server has closed the connection')));
  await joined.promise;
  return socket;
}
