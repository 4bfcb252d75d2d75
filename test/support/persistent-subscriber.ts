import { setTimeout as sleep } from 'node:timers/promises';
import { openFollowSocket, Refusal, type FollowSocket } from './follow-socket.ts';
import { createLedger, type Ledger } from './ledger.ts';

export interface StubbornFollowerOptions {
  /** Asked at each connection if it is a function: any node serves any run. */
  readonly port: number | (() => number);
  readonly runId: string;
  /** How long it stays away after it has lost its socket, asked each time, in milliseconds. */
  readonly awayMs: () => number;
  readonly include?: { readonly reasoning?: boolean };
}

/** A bare client that follows one run to its end and comes back with its last cursor whenever it loses its socket. */
export interface StubbornFollower {
  readonly ledger: Ledger;
  /** How often it came back with a cursor. */
  readonly resumes: number;
  /** Resolves after the terminal event and the server's `stopped`. @throws Refusal that no retry can help. */
  readonly ended: Promise<void>;
  /** Loses the socket that it has just now. */
  drop(): void;
  /** Gives up; `ended` resolves. */
  leave(): void;
}

export function startStubbornFollower(options: StubbornFollowerOptions): StubbornFollower {
  const { port, runId, awayMs, include } = options;
  const ledger = createLedger(runId);
  let current: FollowSocket | undefined;
  let resumes = 0;
  const leaving = new AbortController();

  async function follow(): Promise<void> {
    while (!leaving.signal.aborted) {
      current = await openFollowSocket(typeof port === 'number' ? port : port()).catch(() => undefined);
      if (current !== undefined) {
        if (leaving.signal.aborted) return current.drop();
        if (ledger.cursor !== undefined) resumes += 1;
        ledger.restartGap();
        const end = await current.follow(ledger, include).catch((error: unknown) => {
          if (error instanceof Refusal && error.retryable) return 'lost' as const;
          throw error;
        });
        await current[Symbol.asyncDispose]();
        if (end === 'stopped') return;
      }
      // It stays away, as a client does between two tries.
      await sleep(awayMs());
    }
  }

  const ended = follow();
  // Whoever awaits it hears of a refusal; nobody need.
  ended.catch(() => undefined);
  return {
    ledger,
    ended,
    get resumes() {
      return resumes;
    },
    drop: () => current?.drop(),
    leave() {
      leaving.abort();
      current?.drop();
    },
  };
}
