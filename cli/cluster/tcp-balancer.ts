import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Distributes connections over several servers: the next one gets the next connection. */
export interface TcpBalancer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * A server that refuses a connection is skipped. There are no sticky sessions: every node serves every run.
 *
 * @param options.port 0 for any free one. @throws Error of the system if the port is in use
 */
export async function startTcpBalancer(options: {
  readonly port: number;
  readonly targetPorts: readonly number[];
}): Promise<TcpBalancer> {
  const { targetPorts } = options;
  const sockets = new Set<Socket>();
  let next = 0;

  function forward(near: Socket, triesLeft: number): void {
    const port = targetPorts[next % targetPorts.length] ?? 0;
    next += 1;
    const far = connect({ host: '127.0.0.1', port });
    far.once('connect', () => {
      near.pipe(far);
      far.pipe(near);
      sockets.add(far);
    });
    far.once('error', () => {
      if (far.connecting || !sockets.has(far)) {
        if (triesLeft > 1 && !near.destroyed) return forward(near, triesLeft - 1);
      }
      near.destroy();
    });
    far.once('close', () => {
      if (sockets.delete(far)) near.destroy();
    });
    near.once('close', () => far.destroy());
  }

  const server = createServer((near) => {
    sockets.add(near);
    near.on('error', () => near.destroy());
    near.once('close', () => sockets.delete(near));
    forward(near, targetPorts.length);
  });
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
