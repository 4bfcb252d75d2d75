import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxyOptions {
  /** The port on 127.0.0.1 that stands behind. */
  readonly targetPort: number;
  /** How long every piece is held, in milliseconds, each way. @default 0 */
  readonly latencyMs?: number;
}

/** A wire between client and server that a test can cut, stop or slow down. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections that are open just now. */
  readonly connections: number;
  /** How many there have been. */
  readonly accepted: number;
  /** How long every piece of connections made from now on is held, in milliseconds, each way. */
  latencyMs: number;
  /** Reads from neither side: back-pressure builds up, nothing is lost. Undone by `heal`. */
  pause(): void;
  /** Swallows everything both ways, ends included, and lets new connections hang: a link that is half open. */
  blackHole(): void;
  /**
   * Swallows what the server sends on the connections that are open now, without an end: a link that works one way only, as
   * behind a firewall that has forgotten it. New connections work.
   */
  loseAnswers(): void;
  /** Ends `pause` and `blackHole`; connections that were swallowed are reset. */
  heal(): void;
  /** Resets open connections, all or those for which `picked` says so, as a crash or a pulled cable with RST would. */
  reset(picked?: () => boolean): void;
  /** Sends the next connections to another port. */
  target(port: number): void;
}

interface Link {
  readonly near: Socket;
  readonly far: Socket;
  readonly latencyMs: number;
  /** Is what the server sends swallowed? */
  isOneWay: boolean;
  /** Has anything been swallowed? Then the two ends no longer agree. */
  holed: boolean;
}

export async function startTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  let { targetPort, latencyMs = 0 } = options;
  const links = new Set<Link>();
  let mode: 'open' | 'paused' | 'black hole' = 'open';
  let accepted = 0;

  const server = createServer({ allowHalfOpen: true }, (near) => {
    accepted += 1;
    const far = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
    const link: Link = { near, far, latencyMs, isOneWay: false, holed: mode === 'black hole' };
    links.add(link);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      // A reset on one side is passed on to the other by `close`.
      socket.on('error', () => {});
      if (mode === 'paused') socket.pause();
    }
    join(link, near, far);
    join(link, far, near);
  });

  function join(link: Link, from: Socket, to: Socket): void {
    from.on('data', (chunk: Buffer) => {
      if (!link.isOneWay || from === link.near) pass(link, () => to.write(chunk));
    });
    from.on('end', () => pass(link, () => to.end()));
    from.on('close', () => {
      links.delete(link);
      pass(link, () => to.destroy());
    });
  }

  function pass(link: Link, deliver: () => void): void {
    if (mode === 'black hole') link.holed = true;
    if (link.holed) return;
    if (link.latencyMs <= 0) return deliver();
    setTimeout(() => {
      if (!link.holed) deliver();
    }, link.latencyMs);
  }

  function resetLink({ near, far }: Link): void {
    near.resetAndDestroy();
    far.resetAndDestroy();
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    port,
    get connections() {
      return links.size;
    },
    get accepted() {
      return accepted;
    },
    get latencyMs() {
      return latencyMs;
    },
    set latencyMs(ms) {
      latencyMs = ms;
    },
    pause() {
      mode = 'paused';
      for (const { near, far } of links) {
        near.pause();
        far.pause();
      }
    },
    blackHole() {
      mode = 'black hole';
      for (const link of links) link.holed = true;
    },
    loseAnswers() {
      for (const link of links) link.isOneWay = true;
    },
    heal() {
      mode = 'open';
      for (const link of links) {
        if (link.holed) resetLink(link);
        link.near.resume();
        link.far.resume();
      }
    },
    reset(picked = () => true) {
      for (const link of Array.from(links)) if (picked()) resetLink(link);
    },
    target(next) {
      targetPort = next;
    },
    async [Symbol.asyncDispose]() {
      for (const link of Array.from(links)) resetLink(link);
      server.close();
      await once(server, 'close');
    },
  };
}
