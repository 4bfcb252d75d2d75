import type { RunState } from '@stagewire/client';
import { wholeSeconds } from '@stagewire/shared/units/duration';

/** The last status received from a server, and when. */
export interface LastReceived {
  readonly status: RunState['status'];
  /** By a monotonic clock, in milliseconds. */
  readonly atMs: number;
}

export interface DetachState {
  readonly last: LastReceived | undefined;
  /** Whether the client has a connection. */
  readonly isConnected: boolean;
  /** By the same clock, in milliseconds. */
  readonly nowMs: number;
}

/** An active run sends a heartbeat once a second. After this time without one, the connection may be lost. */
const silentMs = 5000;

/**
 * What is known about a run when the user detaches from it. It is reported as running only while its server sends
 * events.
 */
export function detachedRunText({ last, isConnected, nowMs }: DetachState): string {
  if (last === undefined) return 'No event of the run was received.';
  const agoMs = nowMs - last.atMs;
  if (isConnected && agoMs < silentMs) return 'The run continues.';
  return `The last known status of the run is ${last.status}, ${wholeSeconds(agoMs)} ago.`;
}
