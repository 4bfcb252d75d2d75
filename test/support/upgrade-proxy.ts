import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/**
 * What happens to a WebSocket: an HTTP status in answer to the upgrade, a reset, no answer, an upgrade whose frames are
 * dropped, all of them or from a number of bytes of the server on.
 */
export type UpgradeFate =
  'pass' | 'reset' | 'hang' | 'silent' | { readonly mutedAfterBytes: number } | number;

export interface UpgradeProxy extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** For sockets that open from now on. */
  fate: UpgradeFate;
  /** Holds the bodies of responses back until their end. */
  buffers: boolean;
  /** How many upgrades were asked for. */
  readonly upgrades: number;
  /** Cuts the WebSockets that are open. */
  cut(): void;
  /** Event streams that are open just now. */
  readonly openStreams: number;
  /** Cuts the event streams that are open. */
  cutStreams(): void;
}

/** A reverse proxy that passes HTTP on, and treats WebSockets as proxies do that do not know them. */
export async function startUpgradeProxy(options: {
  readonly targetPort: number;
  readonly fate?: UpgradeFate;
}): Promise<UpgradeProxy> {
  const { targetPort } = options;
  const sockets = new Set<Socket>();
  const streams = new Set<ServerResponse>();
  const proxy = { fate: options.fate ?? 'pass', buffers: false, upgrades: 0 };
  const server = createServer((asked, answer) => {
    const { upgrade: _upgrade, connection: _connection, ...headers } = asked.headers;
    const far = request({
      host: '127.0.0.1',
      port: targetPort,
      path: asked.url,
      method: asked.method,
      headers,
    });
    far.on('response', (got) => {
      if (!proxy.buffers) {
        answer.writeHead(got.statusCode ?? 502, got.headers);
        answer.flushHeaders();
        got.pipe(answer);
        return;
      }
      const held: Buffer[] = [];
      got.on('data', (chunk: Buffer) => held.push(chunk));
      got.on('end', () => answer.writeHead(got.statusCode ?? 502, got.headers).end(Buffer.concat(held)));
    });
    far.on('error', () => answer.destroy());
    answer.on('close', () => (streams.delete(answer), far.destroy()));
    if (asked.headers.accept === 'text/event-stream') streams.add(answer);
    asked.pipe(far);
  });
  server.on('upgrade', (asked, near: Socket) => {
    proxy.upgrades += 1;
    sockets.add(near);
    near.on('error', () => {}).on('close', () => sockets.delete(near));
    const { fate } = proxy;
    if (fate === 'hang') return;
    if (fate === 'reset') {
      near.resetAndDestroy();
      return;
    }
    if (typeof fate === 'number') {
      near.end(
        `HTTP/1.1 ${fate} No\r\ncontent-type: text/html\r\ncontent-length: 2\r\nconnection: close\r\n\r\nNo`,
      );
      return;
    }
    const far = connect(targetPort, '127.0.0.1');
    const lines = [];
    for (let at = 0; at < asked.rawHeaders.length; at += 2)
      lines.push(`${asked.rawHeaders[at]}: ${asked.rawHeaders[at + 1]}`);
    far.write([`GET ${asked.url} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
    let bytes = 0;
    let isFirst = true;
    far.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      // The first one is the answer to the upgrade.
      const isMuted = fate === 'silent' || (typeof fate === 'object' && bytes > fate.mutedAfterBytes);
      if (isFirst || !isMuted) near.write(chunk);
      isFirst = false;
    });
    near.on('data', (chunk: Buffer) => fate !== 'silent' && far.write(chunk));
    for (const end of [near, far])
      end.on('error', () => {}).on('close', () => (near.destroy(), far.destroy()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  Object.defineProperty(proxy, 'openStreams', { get: () => streams.size });
  return Object.assign(proxy as typeof proxy & { readonly openStreams: number }, {
    port,
    url: `http://127.0.0.1:${port}`,
    cut: () => sockets.forEach((socket) => socket.resetAndDestroy()),
    cutStreams: () => streams.forEach((answer) => answer.destroy()),
    async [Symbol.asyncDispose]() {
      sockets.forEach((socket) => socket.destroy());
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}
