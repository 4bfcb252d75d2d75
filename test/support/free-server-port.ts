import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A port that is free and not one that the system gives to clients: those who come back while a server is dead could
 * be given its very port, would be connected to themselves, and the server could not have it back.
 *
 * @throws Error if 100 ports in turn are taken
 */
export async function freeServerPort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    await new Promise((resolve) => server.close(resolve));
    if (isFree) return port;
  }
  throw new Error('100 ports in turn were taken');
}
