import { counted } from '@stagewire/client';
import { useEffect, useRef, useState } from 'react';
import { useStagewire } from '@stagewire/client/react';
import { navigate } from '../shell/route.ts';
import { useServerInfo } from '../shell/server-info.ts';
import { readRunInput } from './read-run-input.ts';
import { draftFromRun, type StartDraft } from './start-draft.ts';

export interface FillStatus {
  readonly text: string;
  readonly failed: boolean;
}

/** Fills the form with the input of a run, once, and removes the run from the URL. */
export function useFillFromRun(
  like: string | undefined,
  fill: (draft: StartDraft) => void,
): FillStatus | undefined {
  const stagewire = useStagewire();
  // Needed to leave fields empty that have the server's defaults.
  const info = useServerInfo();
  const [filling, setFilling] = useState<FillStatus>();
  const latest = useRef(fill);
  useEffect(() => {
    latest.current = fill;
  });
  useEffect(() => {
    if (like === undefined || info === undefined) return undefined;
    const abort = new AbortController();
    const read = async () => {
      setFilling({ text: `Loading the input of ${like}`, failed: false });
      try {
        const input = await readRunInput(stagewire, like, abort.signal);
        // Before the form is filled: while the URL names the run, a filled form asks for confirmation.
        navigate('/', { replace: true });
        latest.current(draftFromRun(input, info));
        const files = input.files.length === 0 ? '' : `, with ${counted(input.files.length, 'context file')}`;
        setFilling({ text: `Form filled with the input of ${like}${files}.`, failed: false });
      } catch (error) {
        if (abort.signal.aborted) return;
        const reason = error instanceof Error ? error.message : String(error);
        navigate('/', { replace: true });
        setFilling({ text: `Could not load the input of ${like}. ${reason}`, failed: true });
      }
    };
    void read();
    return () => abort.abort();
  }, [stagewire, like, info]);
  return filling;
}
