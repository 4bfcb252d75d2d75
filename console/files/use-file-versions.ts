import { useCallback, useEffect, useRef, useState } from 'react';
import { languageOf } from '@stagewire/client/text';
import type { RunFile, RunState, AttemptPlace } from '@stagewire/client';
import { useStagewire, useAnswer } from '@stagewire/client/react';
import { endedAttempts } from '../run/attempt-places.ts';
import { readRunInput } from '../start/read-run-input.ts';
import { readFileVersions, type FileVersion } from './file-versions.ts';

export interface FileVersions {
  /** Oldest first; `undefined` until they are known. */
  readonly versions: readonly FileVersion[] | undefined;
  readonly error: Error | undefined;
}

/** The versions that a path has had in a run. They are read anew when the run writes or removes the file. */
export function useFileVersions(state: RunState, path: string): FileVersions {
  const stagewire = useStagewire();
  const { runId } = state;
  const present = state.files.find((file) => file.path === path);
  const attempts = endedAttempts(state.stages);
  const latest = useRef(attempts);
  useEffect(() => {
    latest.current = attempts;
  });
  // While the file is there its own state tells of every change; while it is not, any attempt may bring it back.
  const changedWith = present ?? attempts.length;
  const ask = useCallback(
    async (signal: AbortSignal) => {
      const files = (at: AttemptPlace) => stagewire.run(runId).files({ path, at, signal });
      return readFileVersions({
        attempts: latest.current,
        ask: async (at) => (await files(at))[0],
        askGiven: async () => givenFile(await readRunInput(stagewire, runId, signal), path),
      });
    },
    [stagewire, runId, path, changedWith],
  );
  const { value, error } = useAnswer(ask);
  // Until the new ones are there, the old ones are: the page does not flicker with each change.
  const [before, setBefore] = useState<{ path: string; versions: readonly FileVersion[] }>();
  useEffect(() => {
    if (value !== undefined) setBefore({ path, versions: value });
  }, [value, path]);
  return { versions: value ?? (before?.path === path ? before.versions : undefined), error };
}

function givenFile({ files }: Awaited<ReturnType<typeof readRunInput>>, path: string): RunFile | undefined {
  const file = files.find((it) => it.path === path);
  return file === undefined ? undefined : { ...file, language: languageOf(path), from: 'input' };
}
