import { useState } from 'react';
import { useSessionGate } from './session-gate.ts';
import { signOut } from './session-requests.ts';

/** Ends the session; afterwards the page is loaded again, without one. */
export function useSignOut(): { readonly run: () => Promise<void>; readonly problem: string | undefined } {
  const gate = useSessionGate();
  const [problem, setProblem] = useState<string>();
  const run = async () => {
    setProblem(undefined);
    try {
      await signOut();
    } catch (error) {
      setProblem(`You are still signed in. ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    gate.signedOut();
  };
  return { run, problem };
}
