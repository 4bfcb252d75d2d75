import { ChevronDown, LogOut, UserRound } from 'lucide-react';
import { useId, useRef, useState } from 'react';
import type { Identity } from '@stagewire/client';
import { Link } from '../shell/link.tsx';
import { nameOf } from './identity-text.ts';
import { useSignOut } from './use-sign-out.ts';
import '../styles/session.css';

/** Who is signed in, in the header, with a menu. */
export function AccountMenu({ identity }: { readonly identity: Identity }) {
  const id = useId();
  const menu = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);
  const signOut = useSignOut();
  const name = nameOf(identity);
  return (
    <>
      <button
        type="button"
        className="account-button small quiet"
        popoverTarget={id}
        aria-expanded={isOpen}
        aria-label={`Account: ${name}`}
        title={`Signed in as ${name}`}
      >
        <UserRound size={15} aria-hidden="true" />
        <span className="account-name">{name}</span>
        <ChevronDown size={13} aria-hidden="true" />
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        className="account-menu"
        onToggle={(event) => setOpen(event.newState === 'open')}
      >
        <p>
          <strong>{name}</strong>
          <span className="muted">Owner {identity.owner}</span>
        </p>
        <Link className="button quiet" href="/account" onClick={() => menu.current?.hidePopover()}>
          <UserRound size={14} aria-hidden="true" />
          Account
        </Link>
        {identity.session ? (
          <button type="button" className="quiet" onClick={() => void signOut.run()}>
            <LogOut size={14} aria-hidden="true" />
            Sign out
          </button>
        ) : null}
        {signOut.problem === undefined ? null : (
          <p className="problems" role="alert">
            {signOut.problem}
          </p>
        )}
      </div>
    </>
  );
}
