import type { MemoryAccount } from '../../runtime/memory-account.ts';

/** The charge of the unwritten output of all runs. Returns a function that adds to it: false if there is no memory for that. */
export function createOutputCharge(account: MemoryAccount): (bytes: number) => boolean {
  const charge = account.charge('output', 0);
  return (bytes) => charge?.resize(charge.bytes + bytes) === true;
}
