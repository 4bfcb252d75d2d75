import { codeOf, randomRunId } from '@stagewire/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { StartFrom, StartInput } from '@stagewire/client';
import { useStagewire } from '@stagewire/client/react';
import { navigate, runPath } from '../shell/route.ts';

/** An input that starts from a run. */
export type InputFrom = StartInput & { readonly from: StartFrom };

export interface UseStartFrom {
  /** Starts a run and opens it; one request at a time. */
  readonly start: (input: InputFrom, onStarted?: () => void) => void;
  /** The input whose request is in flight. */
  readonly sending: InputFrom | undefined;
  /** The last input that was rejected, and why. */
  readonly problem: { readonly input: InputFrom; readonly text: string } | undefined;
}

/** Starts runs from an ended run. A repeat of the same input has the same run id, so that it starts no second run. */
export function useStartFrom(): UseStartFrom {
  const stagewire = useStagewire();
  const [sending, setSending] = useState<InputFrom>();
  const [problem, setProblem] = useState<UseStartFrom['problem']>();
  // Not only in the state: a double click comes before the next render.
  const isSending = useRef(false);
  const isMounted = useRef(false);
  const runIds = useRef(new Map<string, string>());
  useEffect(() => {
    isMounted.current = true;
    return () => {
      isMounted.current = false;
    };
  }, []);
  const send = useCallback(
    async (input: InputFrom, onStarted?: () => void) => {
      if (isSending.current) return;
      isSending.current = true;
      const key = JSON.stringify(input);
      const runId = runIds.current.get(key) ?? randomRunId(Date.now());
      runIds.current.set(key, runId);
      setSending(input);
      setProblem(undefined);
      try {
        await stagewire.start({ ...input, runId });
        runIds.current.delete(key);
        onStarted?.();
        // The user may have opened another page meanwhile.
        if (isMounted.current) navigate(runPath(runId));
      } catch (error) {
        setProblem({ input, text: problemText(error) });
      } finally {
        isSending.current = false;
        setSending(undefined);
      }
    },
    [stagewire],
  );
  const start = useCallback<UseStartFrom['start']>((input, onStarted) => void send(input, onStarted), [send]);
  return { start, sending, problem };
}

function problemText(error: unknown): string {
  if (codeOf(error) === 'OUTCOME_UNKNOWN')
    return 'No response: the run may or may not have started. Press the button again when the server is back: no second run is started.';
  const hint = codeOf(error) === 'INVALID_INPUT' ? ' The settings can be changed before the start.' : '';
  return `Not started. ${error instanceof Error ? error.message : String(error)}${hint}`;
}
