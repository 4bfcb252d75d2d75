import { LogOut } from 'lucide-react';
import { useEffect } from 'react';
import { mayCall } from '@stagewire/client';
import type { Identity } from '@stagewire/client';
import { useServerClock } from '../shell/server-clock.ts';
import { dateAndTime } from './date-and-time.ts';
import { nameOf, permissionTexts } from './identity-text.ts';
import { KeysSection } from './keys-section.tsx';
import { QuotasSection } from './quotas-section.tsx';
import { useSignOut } from './use-sign-out.ts';
import '../styles/session.css';

export interface AccountPageProps {
  /** `undefined` while the session has ended. */
  readonly identity: Identity | undefined;
}

/** Who is signed in, what they may do, and the access keys for an administrator. */
export function AccountPage({ identity }: AccountPageProps) {
  useEffect(() => {
    document.title = 'Account: Stagewire';
  }, []);
  if (identity === undefined) {
    return (
      <div className="page-note">
        <h1>Account</h1>
        <p>You are signed out.</p>
      </div>
    );
  }
  return (
    <div className="account-page" data-scroller>
      <div className="account-body">
        <h1>Account</h1>
        <AccountFacts identity={identity} />
        <QuotasSection />
        {mayCall(identity, 'keys.list') ? <KeysSection /> : null}
      </div>
    </div>
  );
}

const kinds = { user: 'Person', bot: 'Program', system: 'Server', anonymous: 'Anonymous' } as const;

function AccountFacts({ identity }: { readonly identity: Identity }) {
  const clock = useServerClock();
  const signOut = useSignOut();
  const { actor, owner, owners, permissions, session, expiresAt } = identity;
  const isAdmin = permissions.includes('admin');
  const shown = isAdmin ? (['admin'] as const) : permissions;
  return (
    <section aria-label="You">
      <dl className="account-facts">
        <div>
          <dt>Name</dt>
          <dd>
            {nameOf(identity)} <span className="muted">{kinds[actor.kind]}</span>
          </dd>
        </div>
        <div>
          <dt>ID</dt>
          <dd className="mono">{actor.id}</dd>
        </div>
        <div>
          <dt>{owners.length > 1 ? 'Owners' : 'Owner'}</dt>
          <dd>
            {owners.map((it) => (
              <span key={it} className="account-owner">
                {it}
                {owners.length > 1 && it === owner ? <span className="muted"> (new runs)</span> : null}
              </span>
            ))}
          </dd>
        </div>
        <div>
          <dt>You may</dt>
          <dd>
            {shown.length === 0 ? (
              'Nothing: the key has no permissions.'
            ) : (
              <ul>
                {shown.map((it) => (
                  <li key={it}>{permissionTexts[it]}</li>
                ))}
              </ul>
            )}
          </dd>
        </div>
        <div>
          <dt>{session ? 'Session' : 'Sign-in'}</dt>
          <dd>
            {session
              ? `Ends ${expiresAt === undefined ? 'when you sign out' : dateAndTime(expiresAt, clock.now())}`
              : 'The proxy in front of the server has signed you in.'}
          </dd>
        </div>
      </dl>
      {session ? (
        <p>
          <button type="button" onClick={() => void signOut.run()}>
            <LogOut size={15} aria-hidden="true" />
            Sign out
          </button>
        </p>
      ) : null}
      {signOut.problem === undefined ? null : (
        <p className="problems" role="alert">
          {signOut.problem}
        </p>
      )}
    </section>
  );
}
