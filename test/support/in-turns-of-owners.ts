import type { EventLog } from '../../server/log/event-log.ts';

/** The order in which several nodes claim runs, as the claims in PostgreSQL have it. */
export interface ClaimTurns {
  /**
   * Those of the owner with the fewest running runs first; those before a run in the result count as running. Among equals
   * the owner comes first that this node has served longest ago.
   *
   * @param runIds In the order in which they were queued.
   */
  inOrder(runIds: readonly string[], nodeId: string): Promise<string[]>;
  /** The node has claimed a run of the last order. */
  took(runId: string, nodeId: string): void;
}

export function createClaimTurns(options: {
  readonly truth: Pick<EventLog, 'ownerOf' | 'head'>;
  /** The runs that a node has, also ended ones. */
  claimed(): Iterable<string>;
}): ClaimTurns {
  const { truth, claimed } = options;
  const ownerOfRun = new Map<string, string>();
  /** By node: its owners, the one that it has served last at the end. */
  const served = new Map<string, Set<string>>();

  async function ownerOf(runId: string): Promise<string> {
    const owner = ownerOfRun.get(runId) ?? (await truth.ownerOf(runId)) ?? '';
    ownerOfRun.set(runId, owner);
    return owner;
  }

  return {
    async inOrder(runIds, nodeId) {
      const turns = new Map<string, number>();
      for (const runId of claimed()) {
        const owner = await ownerOf(runId);
        if ((await truth.head(runId))?.status === 'live') turns.set(owner, (turns.get(owner) ?? 0) + 1);
      }
      const lastTurns = new Map([...(served.get(nodeId) ?? [])].map((owner, index) => [owner, index + 1]));
      const placed: { readonly runId: string; readonly turn: number; readonly lastTurn: number }[] = [];
      for (const runId of runIds) {
        const owner = await ownerOf(runId);
        const turn = (turns.get(owner) ?? 0) + 1;
        turns.set(owner, turn);
        placed.push({ runId, turn, lastTurn: lastTurns.get(owner) ?? 0 });
      }
      // The sort is stable.
      const ordered = placed.toSorted((one, other) => one.turn - other.turn || one.lastTurn - other.lastTurn);
      return ordered.map(({ runId }) => runId);
    },
    took(runId, nodeId) {
      const owners = served.get(nodeId) ?? new Set();
      served.set(nodeId, owners);
      const owner = ownerOfRun.get(runId) ?? '';
      owners.delete(owner);
      owners.add(owner);
    },
  };
}
