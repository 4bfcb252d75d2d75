import { wireErrors } from '@stagewire/shared/wire-errors';
import { getTRPCErrorFromUnknown, type TRPCError } from '@trpc/server';
import type { Call, Stop } from './ws-call.ts';

export interface MemoryRefusalOptions<Peer> {
  /** Runs a task of a connection in this turn of the event loop or a later one. It returns false if it did nothing. */
  readonly inTurn: (peer: Peer, task: (isClosed: boolean) => boolean) => void;
  readonly refuse: (peer: Peer, error: TRPCError, call: Call) => void;
  /** Called instead if too many calls wait for their refusal. */
  readonly close: (peer: Peer) => void;
  /** Estimated memory of all calls that wait for their refusal, in bytes. @default 16000000 */
  readonly maxWaitingBytes?: number;
}

/** Estimated memory of such a call apart from its path. */
const callBytes = 512;
const callsPerTask = 32;

/**
 * Refuses the calls of messages for which there is no memory, in small parts: 400 connections with 256 calls each blocked
 * the event loop for 1.3 s.
 */
export function createMemoryRefusal<Peer>({
  inTurn,
  refuse,
  close,
  maxWaitingBytes = 16_000_000,
}: MemoryRefusalOptions<Peer>): (peer: Peer, received: readonly (Call | Stop)[]) => void {
  let waitingBytes = 0;

  return (peer, received) => {
    const calls = received.flatMap((call) => (call.type === 'stop' ? [] : [{ ...call, input: undefined }]));
    const bytes = calls.reduce((sum, { path }) => sum + callBytes + path.length * 2, 0);
    if (waitingBytes + bytes > maxWaitingBytes) return close(peer);
    waitingBytes += bytes;
    // One error for all: the stack of each would cost more than the call.
    const error = getTRPCErrorFromUnknown(wireErrors.OVERLOADED.memory('request'));
    const refuseSome = () =>
      inTurn(peer, (isClosed) => {
        const some = calls.splice(0, isClosed ? calls.length : callsPerTask);
        if (!isClosed) for (const call of some) refuse(peer, error, call);
        if (calls.length > 0) refuseSome();
        else waitingBytes -= bytes;
        return !isClosed;
      });
    refuseSome();
  };
}
