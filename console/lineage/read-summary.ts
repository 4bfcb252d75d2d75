import type { RunSummary, Stagewire } from '@stagewire/client';

/** The summary of a run by its id; `undefined` if the server does not list it. */
export async function readSummary(
  stagewire: Stagewire,
  runId: string,
  signal: AbortSignal,
): Promise<RunSummary | undefined> {
  // The id of another run may begin with this one.
  const { items } = await stagewire.list({ search: runId, limit: 10 }, { signal });
  return items.find((it) => it.runId === runId);
}
