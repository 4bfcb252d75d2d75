import { useCallback, useMemo } from 'react';
import { fileText } from '@stagewire/shared/text/file-text';
import type { FileState, RunFile, RunState } from '../generated/contract.ts';
import type { AttemptPlace } from '../run.ts';
import { useStores } from './stores-context.ts';
import { useAnswer } from './use-answer.ts';
import { useRunView } from './use-run-view.ts';

/** A file as returned by `useRunFile`. */
export interface UseRunFile {
  /**
   * - `none`: the hook was called without a run id or a path
   * - `loading`: there is no reply yet
   * - `ready`: `file` is set
   * - `missing`: the run has no file with this path, or had none at the end of that attempt
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
 * the file changes. With `at` it is the file at the end of that attempt.
 *
 * @throws Error without a provider.
 */
export function useRunFile(
  runId: string | undefined,
  path: string | undefined,
  at?: AttemptPlace,
): UseRunFile {
  const { client } = useStores('useRunFile');
  const isNamed = runId !== undefined && path !== undefined;
  const { picked: present, store } = useRunView(at === undefined && isNamed ? runId : undefined, {
    hook: 'useRunFile',
    pick: ({ state }) => presentFile(state, path),
  });
  // A recorded file does not change: its attempt has ended.
  const written = useMemo(() => writtenFile(store?.view.state, present), [store, present]);

  const { stage, attempt } = at ?? {};
  const isAsked = isNamed && (at !== undefined || (present !== undefined && present?.from === 'input'));
  const ask = useCallback(
    async (signal: AbortSignal) => {
      if (runId === undefined || path === undefined) return undefined;
      const place = stage === undefined || attempt === undefined ? {} : { at: { stage, attempt } };
      const [file] = await client.procedures.runs.files({ runId, path, ...place }, { signal });
      return file;
    },
    [client, runId, path, stage, attempt],
  );
  const answer = useAnswer(isAsked ? ask : undefined);

  const { error, retry } = answer;
  if (!isNamed) return { status: 'none', file: undefined, error, retry };
  if (isAsked) {
    const isMissing = answer.status === 'ready' && answer.value === undefined;
    const status = isMissing ? 'missing' : answer.status;
    return { status, file: answer.value, error, retry };
  }
  const status = present === undefined ? 'loading' : present === null ? 'missing' : 'ready';
  return { status, file: written, error, retry };
}

/** `undefined`: the run is not known yet; `null`: it has no such file. */
function presentFile(state: RunState | undefined, path: string | undefined): FileState | null | undefined {
  return state === undefined ? undefined : (state.files.find((file) => file.path === path) ?? null);
}

function writtenFile(state: RunState | undefined, file: FileState | null | undefined): RunFile | undefined {
  if (state === undefined || file === null || file === undefined) return undefined;
  const { parts: _, ...rest } = file;
  const text = fileText(state, file);
  return text === undefined ? undefined : { ...rest, text };
}
