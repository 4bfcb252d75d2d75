import { Share2 } from 'lucide-react';
import { useState } from 'react';
import type { RunState } from '@stagewire/client';
import { lazyShareDialog } from '../session/lazy-session.ts';
import { useOffersSharing } from '../session/use-offers.ts';

const ShareDialog = lazyShareDialog.Part;

/** Opens the links to a run. */
export function ShareButton({ state }: { readonly state: RunState }) {
  const [isOpen, setOpen] = useState(false);
  const offersSharing = useOffersSharing(state.runId);
  if (!offersSharing) return null;
  return (
    <>
      <button type="button" className="small" onClick={() => setOpen(true)}>
        <Share2 size={14} aria-hidden="true" />
        <span className="share-word">Share</span>
      </button>
      {isOpen ? <ShareDialog state={state} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
