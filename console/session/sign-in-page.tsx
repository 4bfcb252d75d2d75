import { useEffect } from 'react';
import type { ServerInfo } from '@stagewire/client';
import { SignInForm } from './sign-in-form.tsx';

/** Shown at every address until the visitor has signed in; then the page at the address is shown. */
export function SignInPage({ info }: { readonly info: ServerInfo }) {
  useEffect(() => {
    document.title = 'Sign in: Stagewire';
  }, []);
  return (
    <div className="sign-in-page" data-scroller>
      <div className="sign-in-body">
        <h1>Sign in</h1>
        <SignInForm info={info} />
        {info.auth.includes('keys') ? (
          <p className="muted">
            No access key? An administrator of this server creates one for you, on the account page or with{' '}
            <code>stagewire keys create</code>. If you were sent a link to a run, open that link again: you
            need no key.
          </p>
        ) : null}
      </div>
    </div>
  );
}
