import type { Clock } from '@stagewire/server/runtime/clock';
import type { DeliveryLedger } from './delivery-ledger.ts';

export interface TappedTransportOptions {
  readonly clock: Clock;
  readonly ledger: DeliveryLedger;
  onOpen(): void;
  /** The server to connect to, asked at each connection. */
  readonly addressOf: () => string;
  /** Limits the read rate, so that the server notices backpressure. @default no limit */
  readonly maxBytesPerSecond: number | undefined;
}
