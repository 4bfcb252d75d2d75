import { wireErrors } from '@stagewire/shared/wire-errors';
import type { MemoryAccount, MemoryCharge } from '../../runtime/memory-account.ts';

/**
 * Estimated memory of an event stream over HTTP apart from what it sends: its request and response, its run,
 * its position.
 */
const streamBytes = 24 * 1024;

/**
 * Charges one event stream over HTTP. Six thousand of them took a heap of 256 MB.
 *
 * @throws StagewireError OVERLOADED.
 */
export function chargeStream(account: MemoryAccount): Pick<MemoryCharge, 'release'> {
  const charge = account.charge('subscriptions', streamBytes);
  if (charge !== undefined) return charge;
  throw wireErrors.OVERLOADED.memory('eventStream');
}
