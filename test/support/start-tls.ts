import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import { makeCertificate } from './certificate.ts';

/** TLS in front of a server. */
export interface TlsFront extends AsyncDisposable {
  readonly port: number;
  /** Path of its certificate, which signs itself. */
  readonly certificate: string;
}

/** Ends TLS on a port of its own and passes the rest on to `targetPort`. @param options.hosts Of its certificate. */
export async function startTls(
  targetPort: number,
  options: { readonly folder: string; readonly hosts: readonly [string, ...string[]] },
): Promise<TlsFront> {
  const { certificate, key } = makeCertificate(options.folder, ...options.hosts);
  const sockets = new Set<Socket>();
  const server = createServer({ cert: await readFile(certificate), key: await readFile(key) }, (near) => {
    const far = connect(targetPort, '127.0.0.1');
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined));
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    certificate,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
