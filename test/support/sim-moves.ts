import type { FakeClock } from './fake-clock.ts';
import type { SimNode } from './sim-node.ts';

/** Which node claims which run, held against the law of drains: a run of a drained node moves at most once. */
export interface SimMoves {
  add(runId: string, nodeId: string): void;
  /** @param runIds Runs of a node that is about to be drained. */
  watch(runIds: readonly string[]): {
    /** @returns how many of them another node has claimed. */
    check(nodeId: string, options: { readonly mayMoveAgain: boolean }): number;
  };
}

export function createSimMoves(onBroken: (law: string) => void): SimMoves {
  /** The nodes that have claimed a run since the last drain began. */
  const moves = new Map<string, readonly string[]>();
  return {
    add: (runId, nodeId) => void moves.set(runId, [...(moves.get(runId) ?? []), nodeId]),
    watch(runIds) {
      moves.clear();
      return {
        check(nodeId, { mayMoveAgain }) {
          let handedOver = 0;
          for (const runId of runIds) {
            const claims = moves.get(runId) ?? [];
            if (claims.length > 0) handedOver += 1;
            if (!mayMoveAgain && claims.length > 1)
              onBroken(`${runId} was moved to ${claims.join(', ')} while ${nodeId} was drained`);
            if (claims.includes(nodeId)) onBroken(`${nodeId} has claimed ${runId} while it was drained`);
          }
          return handedOver;
        },
      };
    },
  };
}

/** Lets time pass until the work has ended, at most so long. */
export async function endsWithin(clock: FakeClock, timeoutMs: number, work: Promise<void>): Promise<void> {
  const ended = new AbortController();
  void work.then(() => ended.abort());
  const untilMs = clock.now() + timeoutMs;
  while (!ended.signal.aborted && clock.now() < untilMs) await clock.advance(250);
}

/** Ends a node in order: it must have stopped in time, unless its link is down, and leave no timer. */
export async function stopSimNode(
  node: SimNode,
  options: {
    readonly clock: FakeClock;
    readonly graceMs: number;
    onBroken(law: string): void;
  },
): Promise<void> {
  const { clock, graceMs, onBroken } = options;
  const stopped = node.stop().then(() => true);
  await clock.advance(graceMs);
  const hasStopped = await Promise.race([stopped, Promise.resolve(false)]);
  if (!node.process.isAlive) return;
  if (!hasStopped && node.link.faults.isUp) onBroken(`${node.nodeId} did not stop`);
  const left = node.process.pendingTimers;
  if (left > 0 && hasStopped) onBroken(`${left} timers are left of ${node.nodeId}, which has stopped`);
  node.kill();
}
