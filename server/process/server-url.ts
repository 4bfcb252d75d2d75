import type { AddressInfo } from 'node:net';

/** The URL of a server. One that listens on all addresses is reached at that of the loopback as well. */
export function serverUrl({ address: bound, family, port }: AddressInfo): string {
  const address = bound === '0.0.0.0' ? '127.0.0.1' : bound === '::' ? '::1' : bound;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
