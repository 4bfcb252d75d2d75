import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Is this host this machine: `localhost`, an address of 127.0.0.0/8, ::1, or an IPv4-mapped loopback address?
 * Names that only look similar (`127.example.org`) may resolve to anything.
 *
 * @param host As `URL.hostname` returns it, IPv6 in brackets, or as a socket does.
 */
export function isLoopback(host: string): boolean {
  const address = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  const version = isIP(address);
  if (version === 0) return host === 'localhost';
  return loopback.check(address, version === 4 ? 'ipv4' : 'ipv6');
}
