import { unfinishedFiles, type UnfinishedFile } from '@stagewire/client/text';
import type { FilesAt, Run, RunFile, RunState } from '@stagewire/client';

/** The files of a run at a point, with their texts. */
export interface RunFiles {
  readonly run: RunState;
  /** `undefined`: the latest. */
  readonly at: FilesAt | undefined;
  /** Ordered by path. */
  readonly files: readonly RunFile[];
  /** What its last attempt has written and was not recorded; empty at an earlier point. */
  readonly unfinished: readonly UnfinishedFile[];
}

/** @throws StagewireError as `Run.files` does. */
export async function readRunFiles(
  run: Run,
  state: RunState,
  { at, path }: { readonly at?: FilesAt | undefined; readonly path?: string | undefined } = {},
): Promise<RunFiles> {
  const found =
    at === 'given'
      ? latestOfEach(await run.contextFiles()).filter((file) => path === undefined || file.path === path)
      : await run.files({ ...(path !== undefined && { path }), ...(at !== undefined && { at }) });
  return {
    run: state,
    at,
    files: found.toSorted((one, other) => (one.path < other.path ? -1 : 1)),
    unfinished: at === undefined ? unfinishedFiles(state) : [],
  };
}

function latestOfEach(files: readonly RunFile[]): readonly RunFile[] {
  return [...new Map(files.map((file) => [file.path, file])).values()];
}
