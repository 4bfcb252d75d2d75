import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A message of PostgreSQL's protocol on its way. */
export interface WireMessage {
  readonly from: 'client' | 'server';
  /** Its letter, as in `E` for Execute of a client; empty for the first message of a client. */
  readonly type: string;
  readonly body: Buffer;
}

export interface PostgresWireProxyOptions {
  readonly targetPort: number;
}

/** A proxy that sees each message between a client and PostgreSQL, and decides about it. */
export interface PostgresWireProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections that are open. */
  readonly connections: number;
  /** Connections so far. */
  readonly accepted: number;
  /** Decides about each message from now on. `cut` resets its connection instead of passing it on. @default passes all */
  onMessage: (message: WireMessage) => 'pass' | 'drop' | 'cut';
}

/** Type and length. */
const headBytes = 5;

export async function startPostgresWireProxy(options: PostgresWireProxyOptions): Promise<PostgresWireProxy> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  let open = 0;
  const server = createServer((near) => {
    accepted += 1;
    open += 1;
    const far = connect({ port: options.targetPort, host: '127.0.0.1' });
    const cut = () => {
      near.resetAndDestroy();
      far.resetAndDestroy();
    };
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
        if (from === near) open -= 1;
      });
      const side = from === near ? 'client' : 'server';
      from.on(
        'data',
        splitter(side, (message, bytes) => {
          if (from.destroyed || to.destroyed) return;
          const verdict = proxy.onMessage(message);
          if (verdict === 'cut') cut();
          else if (verdict === 'pass') to.write(bytes);
        }),
      );
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: PostgresWireProxy = {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return open;
    },
    get accepted() {
      return accepted;
    },
    onMessage: () => 'pass',
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
  return proxy;
}

/** Splits a stream into messages. The first one of a client has no type. */
function splitter(
  from: 'client' | 'server',
  onMessage: (message: WireMessage, bytes: Buffer) => void,
): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  let isFirst = from === 'client';
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= headBytes) {
      const length = isFirst ? rest.readInt32BE(0) : 1 + rest.readInt32BE(1);
      if (rest.length < length) return;
      const bytes = rest.subarray(0, length);
      rest = rest.subarray(length);
      const type = isFirst ? '' : bytes.toString('latin1', 0, 1);
      const body = bytes.subarray(isFirst ? 4 : headBytes);
      isFirst = false;
      onMessage({ from, type, body }, bytes);
    }
  };
}
