import type { RunState } from '@stagewire/client';
import { wholeSeconds } from '@stagewire/shared/units/duration';

/** What a server last said of a run, and when that was. */
export interface LastReceived {
  readonly status: RunState['status'];
  /** By a clock that nobody sets, in milliseconds. */
  readonly atMs: number;
}

export interface Leaving {
  readonly last: LastReceived | undefined;
  /** Is there a connection, as far as the client knows? */
  readonly isConnected: boolean;
  /** By the same clock. */
  readonly nowMs: number;
}

/** A live run is heard of once a second. Beyond this, its connection may be lost without a sign of it. */
const silentMs = 5000;

/** What can be said of a run that somebody leaves. That it goes on is known only while its server is heard. */
export function leftRunText({ last, isConnected, nowMs }: Leaving): string {
  if (last === undefined) return 'Nothing was heard of the run.';
  const agoMs = nowMs - last.atMs;
  if (isConnected && agoMs < silentMs) return 'The run goes on.';
  return `The run was ${last.status} when last heard of, ${wholeSeconds(agoMs)} ago.`;
}
