import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface ThrottledProxyOptions {
  /** The port on 127.0.0.1 that stands behind. */
  readonly targetPort: number;
  /** From the server to each client. @default as fast as it goes */
  readonly downBytesPerSecond?: number;
  /** From each client to the server. @default as fast as it goes */
  readonly upBytesPerSecond?: number;
}

/** A slow line: each connection passes so many bytes in a second, evenly; nothing is lost. */
export interface ThrottledProxy extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** How many connections there have been. */
  readonly accepted: number;
}

const tickMs = 20;

export async function startThrottledProxy(options: ThrottledProxyOptions): Promise<ThrottledProxy> {
  const { targetPort, downBytesPerSecond = Infinity, upBytesPerSecond = Infinity } = options;
  const open = new Set<Socket>();
  let accepted = 0;
  const server = createServer({ highWaterMark: 8192 }, (near) => {
    accepted += 1;
    open.add(near);
    const far = connect({ port: targetPort, host: '127.0.0.1' });
    const stops = [trickle(far, near, downBytesPerSecond), trickle(near, far, upBytesPerSecond)];
    const end = () => {
      for (const stop of stops) stop();
      open.delete(near);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.on('error', () => {}).on('close', end);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    get accepted() {
      return accepted;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Passes on what comes at a pace, and the end behind it. Returns the way to stop. */
function trickle(from: Socket, to: Socket, bytesPerSecond: number): () => void {
  if (bytesPerSecond === Infinity) {
    from.pipe(to);
    return () => {};
  }
  let ended = false;
  let allowed = 0;
  // Listening, and not reading, is what keeps it from flowing by itself.
  from.on('readable', () => {});
  from.on('end', () => {
    ended = true;
  });
  let lastMs = performance.now();
  const timer = setInterval(() => {
    // By the time that has passed: on a busy machine ticks come late, and the line would be slower than it says.
    const nowMs = performance.now();
    allowed = Math.min(allowed + (bytesPerSecond * (nowMs - lastMs)) / 1000, bytesPerSecond / 2);
    lastMs = nowMs;
    const bytes = Math.min(Math.floor(allowed), from.readableLength);
    const part: unknown = bytes === 0 ? null : from.read(bytes);
    if (Buffer.isBuffer(part)) {
      allowed -= part.length;
      to.write(part);
    } else if (ended) {
      clearInterval(timer);
      to.end();
    }
  }, tickMs);
  return () => clearInterval(timer);
}
