import { useCallback, useMemo } from 'react';
import { writtenText } from '@stagewire/shared/text/file-text';
import { filesAt, type FilesAt } from '../files/run-files.ts';
import type { FileState, RunFile, RunState } from '../generated/contract.ts';
import { useStores } from './stores-context.ts';
import { useAnswer } from './use-answer.ts';
import { useRunView } from './use-run-view.ts';

/** A file as returned by `useRunFile`. */
export interface UseRunFile {
  /**
   * - `none`: the hook was called without a run id or a path
   * - `loading`: there is no reply yet
   * - `ready`: `file` is set
   * - `missing`: the run has no file with this path, or had none at that point
   * - `unavailable`: the file could not be fetched, and `error` has the reason (ATTEMPT_NOT_FOUND: the attempt has not
   *   ended)
   */
  readonly status: 'none' | 'loading' | 'ready' | 'missing' | 'unavailable';
  /** The file with its text; `undefined` unless `ready`. */
  readonly file: RunFile | undefined;
  /** Why it is `unavailable`; otherwise `undefined`. */
  readonly error: Error | undefined;
  /** Fetches again after `unavailable`. */
  retry(): void;
}

/**
 * A file of a run with its text. Without `at` it is the current file: the hook subscribes to the run, and renders when
 * the file changes. With `at` it is the file at the end of that attempt, or as it was given with the task (`given`): if
 * another component subscribes to the run, its state is read, otherwise the file is fetched.
 *
 * @throws Error without a provider.
 */
export function useRunFile(runId: string | undefined, path: string | undefined, at?: FilesAt): UseRunFile {
  const stores = useStores('useRunFile');
  const isNamed = runId !== undefined && path !== undefined;
  const { picked: present, store } = useRunView(at === undefined && isNamed ? runId : undefined, {
    hook: 'useRunFile',
    pick: ({ state }) => fileIn(state, path),
  });
  // Read without a subscription: files at the end of an attempt do not change.
  const state = isNamed ? stores.run(runId).view.state : undefined;
  const { stage, attempt } = at === undefined || at === 'given' ? {} : at;
  const isGiven = at === 'given';
  const past = at === undefined ? undefined : fileIn(state, path, at);
  const known = at === undefined ? present : past;
  const written = useMemo(() => writtenFile(store?.view.state ?? state, known), [store, known]);

  const isAsked =
    isNamed &&
    (at === undefined ? present?.from === 'input' : known === undefined || known?.from === 'input');
  const ask = useCallback(
    async (signal: AbortSignal) => {
      if (runId === undefined || path === undefined) return undefined;
      if (isGiven) {
        const files = await stores.client.run(runId).contextFiles({ signal });
        return files.findLast((file) => file.path === path);
      }
      const place = stage === undefined || attempt === undefined ? {} : { at: { stage, attempt } };
      const [file] = await stores.client.procedures.runs.files({ runId, path, ...place }, { signal });
      return file;
    },
    [stores, runId, path, stage, attempt, isGiven],
  );
  const answer = useAnswer(isAsked ? ask : undefined);

  const { error, retry } = answer;
  if (!isNamed) return { status: 'none', file: undefined, error, retry };
  if (isAsked) {
    const isMissing = answer.status === 'ready' && answer.value === undefined;
    const status = isMissing ? 'missing' : answer.status;
    return { status, file: answer.value, error, retry };
  }
  const status = known === undefined ? 'loading' : known === null ? 'missing' : 'ready';
  return { status, file: written, error, retry };
}

/** `undefined`: the files at that point are not known; `null`: there is no such file. */
function fileIn(
  state: RunState | undefined,
  path: string | undefined,
  at?: FilesAt,
): FileState | null | undefined {
  const files = state === undefined ? undefined : filesAt(state, at);
  return files === undefined ? undefined : (files.find((file) => file.path === path) ?? null);
}

function writtenFile(state: RunState | undefined, file: FileState | null | undefined): RunFile | undefined {
  if (state === undefined || file === null || file === undefined) return undefined;
  const { parts: _, ...rest } = file;
  const text = writtenText(state, file);
  return text === undefined ? undefined : { ...rest, text };
}
