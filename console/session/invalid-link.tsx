import { useIdentity } from '@stagewire/client/react';
import { Link } from '../shell/link.tsx';
import { useShareToken } from './share-token.ts';

export interface InvalidLinkProps {
  /** Its run was shown until now: the session may have ended as well. @default false */
  readonly wasOpen?: boolean;
}

/** A link that has expired or was revoked, before it was opened or while its run is shown. */
export function InvalidLink({ wasOpen = false }: InvalidLinkProps) {
  const [, dropShareToken] = useShareToken();
  const isSignedIn = useIdentity() !== null;
  return (
    <div className="page-note" role="alert">
      <h1>{wasOpen ? 'The access by this link has ended' : 'This link is not valid any more'}</h1>
      {wasOpen ? (
        <p>
          Open the link again first: access in a browser ends after some hours, even if the link is still
          valid. If it does not open, the link has expired or was revoked.
        </p>
      ) : (
        <p>The link has expired, or it was revoked.</p>
      )}
      <p>The person who sent it to you can send you another one.</p>
      <p className="page-actions">
        {isSignedIn ? (
          <Link className="button" href="/" onClick={dropShareToken}>
            Go to your runs
          </Link>
        ) : (
          <button
            type="button"
            onClick={() => {
              // Nothing of the run stays in the memory of the page.
              dropShareToken();
              location.reload();
            }}
          >
            Sign in instead
          </button>
        )}
      </p>
    </div>
  );
}
