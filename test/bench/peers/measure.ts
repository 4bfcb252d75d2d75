import type { PeerServers } from './peer.ts';
import type { TokenProvider } from '../token-provider.ts';

export interface MeasureOptions {
  readonly provider: TokenProvider;
  readonly quick: boolean;
  /** Is given the latencies of a load, by the name of its item. */
  readonly onLatencies?: (item: 'fan' | 'streams', latenciesMs: readonly number[]) => void;
}

/** What one measurement of one system in one round gives; NaN is what could not be. */
export type Values = Readonly<Record<string, number>>;

/** @param name That no other measurement of these servers has. */
export type Measure = (servers: PeerServers, name: string, options: MeasureOptions) => Promise<Values>;
