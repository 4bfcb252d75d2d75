import type { InputFile, RunQueued, Stagewire } from '@stagewire/client';

/** What a run was started with. */
export interface RunInput {
  readonly queued: RunQueued;
  readonly files: readonly InputFile[];
}

/** Reads the beginning of a run: its state has no context files, but its first events have all it was given. */
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
  if (queued === undefined) throw new Error('The run tells nothing of its beginning.');
  return { queued, files };
}
