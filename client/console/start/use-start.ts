import { useRef, useState } from 'react';
import { randomRunId } from '../../random-id.ts';
import { useStagewire } from '../../react/index.ts';
import { navigate, runPath } from '../shell/route.ts';
import { startInput, type StartDraft } from './start-draft.ts';

/** Starts the run of a form and goes to it. */
export function useStart(draft: StartDraft, order: readonly string[], onStarted: () => void) {
  const stagewire = useStagewire();
  const [sending, setSending] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  /** One id for the form as it is: sent again after a lost answer, it is still one run. */
  const sent = useRef<{ readonly draft: StartDraft; readonly runId: string }>(undefined);

  const start = async () => {
    const runId = sent.current?.draft === draft ? sent.current.runId : randomRunId(Date.now());
    sent.current = { draft, runId };
    setSending(true);
    setRefusal(undefined);
    try {
      await stagewire.start({ ...startInput(draft, order), runId });
      onStarted();
      navigate(runPath(runId));
    } catch (error) {
      setRefusal(refusalWords(error));
      setSending(false);
    }
  };
  return { start, sending, refusal };
}

function refusalWords(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'OUTCOME_UNKNOWN') {
    return 'There was no answer, so the run may have been started or not. Press Start run again when the server is back: it stays one run.';
  }
  return `Not started. ${error instanceof Error ? error.message : String(error)}`;
}
