import type { InputFile, RunQueued, Stagewire } from '@stagewire/client';

/** The input of a run. */
export interface RunInput {
  readonly queued: RunQueued;
  readonly files: readonly InputFile[];
}

/** Reads the input of a run from its first events: its state has no texts of context files. */
export async function readRunInput(
  { procedures }: Stagewire,
  runId: string,
  signal: AbortSignal,
): Promise<RunInput> {
  let queued: RunQueued | undefined;
  const files: InputFile[] = [];
  const events = procedures.runs.events({ runId, include: { reasoning: false } }, { signal });
  for await (const event of events) {
    if (event.type === 'run.queued') queued = event;
    else if (event.type === 'input.recorded') files.push({ path: event.path, text: event.text });
    else break;
  }
  if (queued === undefined) throw new Error('The run has no run.queued event.');
  return { queued, files };
}
