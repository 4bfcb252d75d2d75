import { counted } from '@stagewire/client';
import type { StartFrom } from '@stagewire/client';
import { useEffect, useRef, useState } from 'react';
import { useStagewire } from '@stagewire/client/react';
import { readSummary } from '../lineage/read-summary.ts';
import { navigate } from '../shell/route.ts';
import { useServerInfo } from '../shell/server-info.ts';
import { readRunInput } from './read-run-input.ts';
import { draftFromRun, draftFromSource, type StartDraft } from './start-draft.ts';

export interface FillStatus {
  readonly text: string;
  readonly failed: boolean;
}

/** The run whose input fills the form. */
export interface FillSource {
  readonly runId: string;
  /** Set if the new run starts from this run. */
  readonly from?: StartFrom | undefined;
}

/** Fills the form with the input of a run, once, and removes the run from the URL. */
export function useFillFromRun(
  source: FillSource | undefined,
  fill: (draft: StartDraft) => void,
): FillStatus | undefined {
  const stagewire = useStagewire();
  // Needed to leave fields empty that have the server's defaults.
  const info = useServerInfo();
  const like = source?.runId;
  const fromText = JSON.stringify(source?.from ?? null);
  const [filling, setFilling] = useState<FillStatus>();
  const latest = useRef(fill);
  useEffect(() => {
    latest.current = fill;
  });
  useEffect(() => {
    if (like === undefined || info === undefined) return undefined;
    const from = parseFrom(fromText);
    const abort = new AbortController();
    const read = async () => {
      setFilling({ text: `Loading the input of ${like}`, failed: false });
      try {
        const input = await readRunInput(stagewire, like, abort.signal);
        const isFollowUp =
          from?.stage === undefined &&
          (await readSummary(stagewire, like, abort.signal))?.status === 'completed';
        // Before the form is filled: while the URL names the run, a filled form asks for confirmation.
        navigate('/', { replace: true });
        latest.current(
          from === undefined ? draftFromRun(input, info) : draftFromSource(input, info, { from, isFollowUp }),
        );
        const files =
          from !== undefined || input.files.length === 0
            ? ''
            : `, with ${counted(input.files.length, 'context file')}`;
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
  }, [stagewire, like, fromText, info]);
  return filling;
}

/** As text, it is a dependency of the effect that is equal for equal values. */
function parseFrom(text: string): StartFrom | undefined {
  return (JSON.parse(text) as StartFrom | null) ?? undefined;
}
