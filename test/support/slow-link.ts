import { connect } from 'node:net';
import { Duplex } from 'node:stream';

/** A TCP connection whose reader takes only so many bytes in a second, until it is healed. */
export interface SlowLink {
  readonly stream: Duplex;
  /** From now on it reads as fast as it can. */
  heal(): void;
}

const tickMs = 100;

export function openSlowLink(port: number, bytesPerSecond: number): SlowLink {
  // It buffers 64 KiB itself; the rest stays with the kernels and then with the server.
  const inner = connect({ port, host: '127.0.0.1' });
  let healed = false;
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => void inner.write(chunk, done),
    final: (done) => void inner.end(done),
    destroy(error, done) {
      clearInterval(timer);
      inner.destroy();
      done(error);
    },
  });
  const timer = setInterval(() => {
    if (healed) return;
    const chunk: unknown = inner.read(Math.min(inner.readableLength, (bytesPerSecond * tickMs) / 1000));
    if (Buffer.isBuffer(chunk)) stream.push(chunk);
  }, tickMs);
  // Listening, and not reading, is what keeps it from flowing by itself.
  inner.on('readable', drain);
  inner.on('end', () => stream.push(null));
  inner.on('close', () => stream.destroy());
  inner.on('error', (error) => stream.destroy(error));

  function drain(): void {
    if (!healed) return;
    for (let chunk: unknown = inner.read(); Buffer.isBuffer(chunk); chunk = inner.read()) stream.push(chunk);
  }

  return {
    stream,
    heal() {
      healed = true;
      drain();
    },
  };
}
