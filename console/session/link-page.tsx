import { codeOf } from '@stagewire/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Identity, ServerInfo } from '@stagewire/client';
import { useStagewire } from '@stagewire/client/react';
import { InvalidLink } from './invalid-link.tsx';
import { nameOf } from './identity-text.ts';
import { useSessionGate } from './session-gate.ts';
import { signIn } from './session-requests.ts';
import { useShareToken } from './share-token.ts';

export interface LinkPageProps {
  readonly info: ServerInfo;
  readonly runId: string;
  readonly token: string;
}

type Step =
  | { readonly name: 'opening' }
  /** Signed in as a user who cannot see the run. */
  | { readonly name: 'asking'; readonly identity: Identity }
  | { readonly name: 'invalid' }
  | { readonly name: 'failed'; readonly message: string };

/** Exchanges the token of a link for a session. A session that can see the run is kept. */
export function LinkPage({ info, runId, token }: LinkPageProps) {
  const stagewire = useStagewire();
  const gate = useSessionGate();
  const [, dropShareToken] = useShareToken();
  const [step, setStep] = useState<Step>({ name: 'opening' });

  const exchange = useCallback(async () => {
    setStep({ name: 'opening' });
    const result = await signIn(token);
    if (result.identity !== undefined) {
      await gate.signedIn();
      dropShareToken();
      return;
    }
    const { code, message, retryAfterMs } = result.refusal;
    if (code === 'UNAUTHENTICATED') return setStep({ name: 'invalid' });
    const again = retryAfterMs === undefined ? '' : ` Try again in ${Math.ceil(retryAfterMs / 1000)} s.`;
    setStep({ name: 'failed', message: code === 'RATE_LIMITED' ? `Too many attempts.${again}` : message });
  }, [gate, token, dropShareToken]);

  const begin = useCallback(
    async (identity: Identity | null) => {
      if (info.auth.length === 0) return dropShareToken();
      if (identity === null || identity.link !== undefined) return exchange();
      try {
        await stagewire.run(runId).snapshot();
        dropShareToken();
      } catch (error) {
        // A run that is gone, or cannot be read, is the same for every caller that may see it.
        const isHidden = ['RUN_NOT_FOUND', 'FORBIDDEN'].includes(codeOf(error) ?? '');
        if (isHidden) setStep({ name: 'asking', identity });
        else dropShareToken();
      }
    },
    [info, exchange, stagewire, runId, dropShareToken],
  );
  const begun = useRef<string>(undefined);
  useEffect(() => {
    if (begun.current === token) return;
    begun.current = token;
    void begin(info.you);
  }, [begin, info, token]);

  switch (step.name) {
    case 'opening':
      return (
        <div className="page-note" role="status">
          <p>Opening the link</p>
        </div>
      );
    case 'asking':
      return (
        <div className="page-note">
          <h1>Open the link instead of your session?</h1>
          <p>
            You are signed in as {nameOf(step.identity)}, who cannot see this run. To open the link, you are
            signed out in this browser.
          </p>
          <p className="page-actions">
            <button type="button" className="primary" autoFocus onClick={() => void exchange()}>
              Open the link
            </button>
            <button type="button" onClick={dropShareToken}>
              Stay signed in
            </button>
          </p>
        </div>
      );
    case 'invalid':
      return <InvalidLink />;
    case 'failed':
      return (
        <div className="page-note" role="alert">
          <h1>The link could not be opened</h1>
          <p>{step.message}</p>
          <p>
            <button type="button" autoFocus onClick={() => void exchange()}>
              Try again
            </button>
          </p>
        </div>
      );
    default:
      return step satisfies never;
  }
}
