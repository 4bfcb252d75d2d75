import { useCallback, useMemo } from 'react';
import { writtenText } from '@stagewire/shared/text/file-text';
import { fileVersions, type FileVersion } from '../files/run-files.ts';
import type { FileState, RunState } from '../generated/contract.ts';
import { useStores } from './stores-context.ts';
import { useAnswer } from './use-answer.ts';
import { useRunView, type RunSubscriptionOptions } from './use-run-view.ts';

/** A version of a file with its text. */
export interface FileVersionText extends FileVersion {
  /** `''` for a removal; `undefined` for a context file until it is fetched. */
  readonly text: string | undefined;
}

/** The versions of a file as returned by `useFileVersions`. */
export interface UseFileVersions {
  /** Oldest first, removals and the context file included; empty until the run is known. */
  readonly versions: readonly FileVersionText[];
  /** Why the context file could not be fetched; otherwise `undefined`. */
  readonly error: Error | undefined;
  /** Fetches again after `error`. */
  retry(): void;
}

/**
 * Every version of a file with its text. Subscribes to the run, and renders when the file changes. Only a context file
 * is fetched: the state of a run has all other texts.
 *
 * @throws Error without a provider.
 */
export function useFileVersions(
  runId: string | undefined,
  path: string | undefined,
  options: RunSubscriptionOptions = {},
): UseFileVersions {
  const { client } = useStores('useFileVersions');
  const { picked: latest, store } = useRunView(path === undefined ? undefined : runId, {
    ...options,
    hook: 'useFileVersions',
    pick: ({ state }) => (state === undefined || path === undefined ? undefined : latestIn(state, path)),
  });
  const state = store?.view.state ?? options.initial;
  const known = useMemo(
    () => (state === undefined || path === undefined ? [] : versionsIn(state, path)),
    [store, latest, path],
  );
  const hasGiven = known.some(({ file }) => file?.from === 'input');
  const ask = useCallback(
    async (signal: AbortSignal) => {
      if (runId === undefined) return undefined;
      const files = await client.run(runId).contextFiles({ signal });
      return files.filter((file) => file.path === path).map(({ text }) => text);
    },
    [client, runId, path],
  );
  const { value: given, error, retry } = useAnswer(hasGiven ? ask : undefined);
  const versions = useMemo(() => {
    let count = 0;
    const textOfNext = () => given?.[count++];
    return known.map((version) =>
      version.file?.from === 'input' ? { ...version, text: textOfNext() } : version,
    );
  }, [known, given]);
  return { versions, error, retry };
}

/** Differs after each version of the file: each has its own object, and `null` is a removal. */
function latestIn(state: RunState, path: string): FileState | null | undefined {
  return fileVersions(state, path).at(-1)?.file;
}

function versionsIn(state: RunState, path: string): readonly FileVersionText[] {
  return fileVersions(state, path).map((version) => ({
    ...version,
    text: version.file === null ? '' : writtenText(state, version.file),
  }));
}
