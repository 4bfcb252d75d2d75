import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** A request for a tunnel as the proxy saw it. */
export interface SeenTunnel {
  /** `host:port`. */
  readonly authority: string;
  readonly authorization: string | undefined;
  /** Everything that the client has sent through it. */
  readonly sent: () => string;
  /** Resolves with `performance.now()` when the client has closed it. */
  readonly closed: Promise<number>;
}

/** An HTTP proxy for tunnels only (CONNECT), which lead to one server, whatever host they are for. */
export interface ConnectProxy extends AsyncDisposable {
  readonly port: number;
  readonly tunnels: readonly SeenTunnel[];
  /** The status with which the next tunnels are rejected. @default none */
  refusal: number | undefined;
}

/** @param user `user:password`, without which every tunnel is rejected with 407. */
export async function startConnectProxy(targetPort: number, user: string): Promise<ConnectProxy> {
  const tunnels: SeenTunnel[] = [];
  const sockets = new Set<Socket>();
  let refusal: number | undefined;
  const proxy = createServer((_, answer) => void answer.writeHead(400).end());
  proxy.on('connect', (request, near: Socket) => {
    const authorization = request.headers['proxy-authorization'];
    let sent = '';
    const closed = once(near, 'close').then(() => performance.now());
    tunnels.push({ authority: request.url ?? '', authorization, sent: () => sent, closed });
    sockets.add(near);
    near.on('error', () => undefined);
    const isKnown = authorization === `Basic ${Buffer.from(user).toString('base64')}`;
    const status = isKnown ? refusal : 407;
    if (status !== undefined) {
      // A proxy may repeat what it was sent.
      near.end(`HTTP/1.1 ${status} Rejected\r\nX-Seen: ${authorization}\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const far = connect(targetPort, '127.0.0.1');
    sockets.add(far);
    far.on('error', () => near.destroy());
    far.on('close', () => near.destroy());
    near.on('close', () => far.destroy());
    near.on('data', (chunk) => (sent += chunk.toString('latin1')));
    near.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    near.pipe(far).pipe(near);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    port: (proxy.address() as AddressInfo).port,
    tunnels,
    get refusal() {
      return refusal;
    },
    set refusal(status) {
      refusal = status;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      const ended = once(proxy, 'close');
      proxy.close();
      proxy.closeAllConnections();
      await ended;
    },
  };
}
