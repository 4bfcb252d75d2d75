import type { Stagewire } from '@stagewire/client';
import type { Figures } from './figures.ts';

/** A server of the load test. */
export interface LoadAddress {
  readonly url: string;
  readonly token: string | undefined;
  /** For starts and commands; each subscriber has a client of its own. */
  readonly control: Stagewire;
}

/** A server, and where its part of the figures is counted; those of all addresses together are counted too. */
export interface CountedAddress extends LoadAddress {
  readonly figures: Figures;
}

/** The address with this number, counted from 0; beyond the last one it begins again. */
export function addressAt<Address>(addresses: readonly Address[], number: number): Address {
  const address = addresses[number % addresses.length];
  if (address === undefined) throw new RangeError('a load test needs an address');
  return address;
}
