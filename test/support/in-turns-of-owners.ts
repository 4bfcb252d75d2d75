import type { EventLog } from '../../server/log/event-log.ts';

/** The order in which several nodes claim runs: those of the owner with the fewest running runs first. */
export interface Turns {
  readonly truth: Pick<EventLog, 'ownerOf' | 'head'>;
  /** The runs that a node has, also ended ones. */
  readonly claimed: readonly string[];
}

/** Those before a run in the result count as running. @param runIds In the order in which they were queued. */
export async function inTurnsOfOwners(
  runIds: readonly string[],
  { truth, claimed }: Turns,
): Promise<string[]> {
  const ownerOf = async (runId: string) => (await truth.ownerOf(runId)) ?? '';
  const turns = new Map<string, number>();
  for (const runId of claimed) {
    const owner = await ownerOf(runId);
    if ((await truth.head(runId))?.status === 'live') turns.set(owner, (turns.get(owner) ?? 0) + 1);
  }
  const placed: { readonly runId: string; readonly turn: number }[] = [];
  for (const runId of runIds) {
    const owner = await ownerOf(runId);
    const turn = (turns.get(owner) ?? 0) + 1;
    turns.set(owner, turn);
    placed.push({ runId, turn });
  }
  // The sort is stable.
  return placed.toSorted((one, other) => one.turn - other.turn).map(({ runId }) => runId);
}
