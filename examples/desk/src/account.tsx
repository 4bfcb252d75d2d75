import { useIdentity } from '@stagewire/client/react';
import { signOut } from './access.ts';

/** Who the user is. A server without authentication does not know its callers. */
export function Account() {
  const you = useIdentity();
  if (you === undefined || you?.actor.kind === 'anonymous') return null;
  // A new page asks for a key again.
  if (you === null) return <button onClick={() => location.reload()}>Sign in</button>;
  return (
    <span className="row">
      <span className="quiet">{you.actor.name ?? you.actor.id}</span>
      <button onClick={signOut}>Sign out</button>
    </span>
  );
}
