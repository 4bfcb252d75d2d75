import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Is this host this machine and no other: `localhost`, an address of 127.0.0.0/8, ::1, or such an IPv4 address mapped
 * into IPv6? A name that only looks like one (`127.example.org`) may lead anywhere.
 *
 * @param host As `URL.hostname` gives it, IPv6 in brackets, or as a socket does.
 */
export function isLoopback(host: string): boolean {
  const address = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  const version = isIP(address);
  if (version === 0) return host === 'localhost';
  return loopback.check(address, version === 4 ? 'ipv4' : 'ipv6');
}
