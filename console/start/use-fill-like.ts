import { counted } from '@stagewire/client';
import { useEffect, useRef, useState } from 'react';
import { useStagewire } from '@stagewire/client/react';
import { navigate } from '../shell/route.ts';
import { useServerInfo } from '../shell/server-info.ts';
import { readRunInput } from './read-run-input.ts';
import { draftLike, type StartDraft } from './start-draft.ts';

export interface Filling {
  readonly says: string;
  readonly failed: boolean;
}

/** Fills the form in as a run was started, once; then the address is that of any form. */
export function useFillLike(
  like: string | undefined,
  fill: (draft: StartDraft) => void,
): Filling | undefined {
  const stagewire = useStagewire();
  // What the server takes anyway is left to it, so that has to be known.
  const info = useServerInfo();
  const [filling, setFilling] = useState<Filling>();
  const latest = useRef(fill);
  useEffect(() => {
    latest.current = fill;
  });
  useEffect(() => {
    if (like === undefined || info === undefined) return undefined;
    const abort = new AbortController();
    const read = async () => {
      setFilling({ says: `Fetching what ${like} was started with`, failed: false });
      try {
        const input = await readRunInput(stagewire, like, abort.signal);
        // First: while the address names the run, whatever is in the form is asked about.
        navigate('/', { replace: true });
        latest.current(draftLike(input, info));
        const files = input.files.length === 0 ? '' : `, with ${counted(input.files.length, 'context file')}`;
        setFilling({ says: `Filled in like ${like}${files}.`, failed: false });
      } catch (error) {
        if (abort.signal.aborted) return;
        const why = error instanceof Error ? error.message : String(error);
        navigate('/', { replace: true });
        setFilling({ says: `The form could not be filled in like ${like}. ${why}`, failed: true });
      }
    };
    void read();
    return () => abort.abort();
  }, [stagewire, like, info]);
  return filling;
}
