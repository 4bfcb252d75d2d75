import type { LeanEventStream } from './lean-event-stream.ts';
import type { LeanSocket } from '../lean-socket.ts';
import type { PeerSubscriber } from './peer.ts';

/** A connection, of either kind. */
export type Connection = LeanSocket | LeanEventStream;

/** A subscriber that has one connection after the other. @param open Opens one; `isFirst` but for a resumption. */
export async function openSubscriber(
  open: (isFirst: boolean) => Promise<Connection>,
): Promise<PeerSubscriber> {
  let bytesBefore = 0;
  let connection: Connection;
  let isClosed = false;
  const take = async (isFirst: boolean) => {
    const opened = await open(isFirst);
    connection = opened;
    isClosed = false;
    if ('closed' in opened) {
      void opened.closed.then(() => {
        if (connection === opened) isClosed = true;
      });
    }
  };
  await take(true);
  return {
    get receivedBytes() {
      return bytesBefore + connection.receivedBytes;
    },
    get isClosed() {
      return 'isClosed' in connection ? connection.isClosed : isClosed;
    },
    disconnect: () => connection.close(),
    async resume() {
      const { receivedBytes } = connection;
      await take(false);
      bytesBefore += receivedBytes;
    },
    readAt: (bytesPerSecond) => connection.readAt(bytesPerSecond),
  };
}
