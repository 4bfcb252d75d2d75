import { useEffect, useRef } from 'react';
import { useSignInRequest } from './access.ts';

/** Asks for an access key as soon as the server requires one, also while a run is shown. */
export function SignIn() {
  const request = useSignInRequest();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (request === undefined) dialog.current?.close();
    else if (dialog.current?.open === false) dialog.current.showModal();
  }, [request]);
  return (
    <dialog ref={dialog} aria-labelledby="sign-in-heading" onCancel={() => request?.cancel()}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const key = new FormData(event.currentTarget).get('key');
          event.currentTarget.reset();
          if (typeof key === 'string') request?.signIn(key.trim());
        }}
      >
        <h2 id="sign-in-heading">Sign in</h2>
        <p>{request?.reason}</p>
        <label htmlFor="key">Access key</label>
        <input id="key" name="key" type="password" autoComplete="current-password" required />
        <div className="row">
          <button type="button" onClick={() => request?.cancel()}>
            Cancel
          </button>
          <button className="primary">Sign in</button>
        </div>
      </form>
    </dialog>
  );
}
