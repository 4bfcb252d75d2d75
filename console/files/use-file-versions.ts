import { useCallback, useEffect, useRef, useState } from 'react';
import { languageOf } from '@stagewire/client/text';
import type { RunFile, RunState, AttemptPlace } from '@stagewire/client';
import { useStagewire, useAnswer } from '@stagewire/client/react';
import { endedAttempts } from '../run/attempt-places.ts';
import { readRunInput } from '../start/read-run-input.ts';
import { readFileVersions, type FileVersion } from './file-versions.ts';

export interface FileVersions {
  /** Oldest first; `undefined` while loading. */
  readonly versions: readonly FileVersion[] | undefined;
  readonly error: Error | undefined;
}

/** The versions of a file in a run. Loaded again when the run writes or removes the file. */
export function useFileVersions(state: RunState, path: string): FileVersions {
  const stagewire = useStagewire();
  const { runId } = state;
  const currentFile = state.files.find((file) => file.path === path);
  const attempts = endedAttempts(state.stages);
  const latest = useRef(attempts);
  useEffect(() => {
    latest.current = attempts;
  });
  // An existing file's state changes with each version; a missing file may come back with any attempt.
  const changedWith = currentFile ?? attempts.length;
  const load = useCallback(
    async (signal: AbortSignal) => {
      const files = (at: AttemptPlace) => stagewire.run(runId).files({ path, at, signal });
      return readFileVersions({
        attempts: latest.current,
        load: async (at) => (await files(at))[0],
        loadGiven: async () => givenFile(await readRunInput(stagewire, runId, signal), path),
      });
    },
    [stagewire, runId, path, changedWith],
  );
  const { value, error } = useAnswer(load);
  // The previous versions are kept while new ones load, so that the page does not flicker.
  const [previous, setPrevious] = useState<{ path: string; versions: readonly FileVersion[] }>();
  useEffect(() => {
    if (value !== undefined) setPrevious({ path, versions: value });
  }, [value, path]);
  return { versions: value ?? (previous?.path === path ? previous.versions : undefined), error };
}

function givenFile({ files }: Awaited<ReturnType<typeof readRunInput>>, path: string): RunFile | undefined {
  const file = files.find((it) => it.path === path);
  return file === undefined ? undefined : { ...file, language: languageOf(path), from: 'input' };
}
