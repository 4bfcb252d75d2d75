import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** The proxies in front of the server, by the addresses of their TCP connections. */
export interface TrustedProxies {
  /** Does the TCP connection of this request come from one of them? Its headers do not matter. */
  isPeer(request: IncomingMessage): boolean;
  /**
   * The address of the client, for limits only, never for an identity: that of the peer or, if the peer is one of the
   * proxies, the last address in `X-Forwarded-For` that is not one of them.
   */
  addressOf(request: IncomingMessage): string | undefined;
}

/** A range of addresses, as in `10.0.0.0/8` or `::1`. */
export interface AddressRange {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Entries of `X-Forwarded-For` that are read, from the last one on. */
const maxForwarded = 32;

export function createTrustedProxies(ranges: readonly AddressRange[]): TrustedProxies {
  const trusted = new BlockList();
  for (const { address, prefix, family } of ranges) trusted.addSubnet(address, prefix, family);

  function isTrusted(address: string | undefined): boolean {
    const plain = plainAddress(address ?? '');
    const version = isIP(plain);
    return version !== 0 && trusted.check(plain, version === 4 ? 'ipv4' : 'ipv6');
  }

  return {
    isPeer: ({ socket }) => isTrusted(socket.remoteAddress),
    addressOf({ socket, headersDistinct }) {
      let address = socket.remoteAddress;
      const entries = (headersDistinct['x-forwarded-for'] ?? []).flatMap((line) => line.split(','));
      for (const entry of entries.slice(-maxForwarded).toReversed()) {
        const forwarded = withoutPort(entry.trim());
        if (!isTrusted(address) || isIP(forwarded) === 0) break;
        address = forwarded;
      }
      return address;
    },
  };
}

/** Reads an address, or a range of addresses in CIDR notation; `undefined` for another text. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  // An address with a zone, or an IPv4 address in IPv6 notation, would match no peer.
  if (version === 0 || address.includes('%') || /^::ffff:/i.test(address)) return undefined;
  const max = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? max : Number(bits);
  return prefix <= max ? { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' } : undefined;
}

/** Without the zone of a link-local address; an IPv4 address in its own notation. */
function plainAddress(address: string): string {
  return address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
}

function withoutPort(entry: string): string {
  return /^\[([^\]]+)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1] ?? entry;
}
