import { Link2 } from 'lucide-react';
import type { Identity } from '@stagewire/client';
import { useRun } from '@stagewire/client/react';
import { useServerClock } from '../shell/server-clock.ts';
import { useShares } from '../share/use-shares.ts';
import { dateAndTime } from './date-and-time.ts';
import { linkText } from './identity-text.ts';
import { useSignOut } from './use-sign-out.ts';
import '../styles/session.css';

/** Above a run that was opened by a link: what the link permits, and until when. */
export function LinkLine({ link }: { readonly link: NonNullable<Identity['link']> }) {
  const clock = useServerClock();
  const { state } = useRun(link.runId);
  const signOut = useSignOut();
  const { shares } = useShares(link.runId, state);
  const until = shares.find(({ shareId }) => shareId === link.shareId)?.until;
  return (
    <p className="link-line">
      <Link2 size={14} aria-hidden="true" />
      <span>
        You opened this run by a link, which permits you to {linkText(link.may)} it
        {until === undefined ? '' : ` until ${dateAndTime(until, clock.now())}`}.
        {signOut.problem === undefined ? null : ` ${signOut.problem}`}
      </span>
      <span className="spacer" />
      <button type="button" className="link" onClick={() => void signOut.run()}>
        Leave
      </button>
    </p>
  );
}
