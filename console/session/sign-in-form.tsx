import { LogIn } from 'lucide-react';
import { useRef, useState, type FormEvent } from 'react';
import type { ServerInfo } from '@stagewire/client';
import { basePath } from '../shell/base-path.ts';
import { useLocalNow } from '../shell/use-now.ts';
import { useSessionGate } from './session-gate.ts';
import { signIn, type SignInRefusal } from './session-requests.ts';
import '../styles/session.css';

export interface SignInFormProps {
  readonly info: ServerInfo;
  /** The page behind the form is kept: a provider that needs a page of its own is opened in another tab. */
  readonly keepsPage?: boolean;
}

/** Every way to sign in that the server has. */
export function SignInForm({ info, keepsPage = false }: SignInFormProps) {
  const { auth, oidc } = info;
  const takesTokens = auth.includes('keys') || (auth.includes('jwt') && oidc === undefined);
  return (
    <div className="sign-in">
      {takesTokens ? <TokenForm isKey={auth.includes('keys')} /> : null}
      {oidc === undefined ? null : (
        <div className="sign-in-other">
          <a
            className={takesTokens ? 'button' : 'button primary'}
            href={`${basePath()}/session/oidc?return=${encodeURIComponent(location.pathname + location.search)}`}
            target={keepsPage ? '_blank' : undefined}
          >
            <LogIn size={15} aria-hidden="true" />
            Sign in with {hostOf(oidc.issuer)}
          </a>
          {keepsPage ? (
            <p className="muted">It opens in a new tab. This page continues when you have signed in there.</p>
          ) : null}
        </div>
      )}
      {!takesTokens && oidc === undefined ? <ProxyNote /> : null}
    </div>
  );
}

interface Refused {
  readonly refusal: SignInRefusal;
  readonly atMs: number;
}

function TokenForm({ isKey }: { readonly isKey: boolean }) {
  const gate = useSessionGate();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [isSending, setSending] = useState(false);
  const [refused, setRefused] = useState<Refused>();
  const now = useLocalNow();
  const waitMs = refused === undefined ? 0 : refused.atMs + (refused.refusal.retryAfterMs ?? 0) - now;
  const name = isKey ? 'access key' : 'token';

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isSending || waitMs > 0) return;
    if (text === '') return field.current?.focus();
    setSending(true);
    const result = await signIn(text);
    if (result.identity !== undefined) return gate.signedIn();
    setSending(false);
    setRefused({ refusal: result.refusal, atMs: Date.now() });
    field.current?.focus();
    field.current?.select();
  };

  return (
    <form className="control-form" onSubmit={(event) => void submit(event)}>
      {/* Password managers store a password under a user name. */}
      <input
        className="hidden"
        type="text"
        name="username"
        autoComplete="username"
        value={`Stagewire at ${location.host}`}
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <label className="field">
        <span>{isKey ? 'Access key' : 'Token'}</span>
        <input
          ref={field}
          type="password"
          name="password"
          autoComplete="current-password"
          autoFocus
          spellCheck={false}
          placeholder={isKey ? 'swk_…' : undefined}
          value={text}
          aria-invalid={refused === undefined ? undefined : true}
          aria-describedby={refused === undefined ? undefined : 'sign-in-problem'}
          onChange={(event) => {
            // No key has white space, but a copied one often does.
            setText(event.target.value.replaceAll(/\s/g, ''));
            if (refused !== undefined && waitMs <= 0) setRefused(undefined);
          }}
        />
      </label>
      {refused === undefined ? null : (
        <p className="problems" role="alert" id="sign-in-problem">
          {refusalText(refused.refusal, { name, waitMs })}
        </p>
      )}
      <p className="modal-actions">
        <button type="submit" className="primary" aria-disabled={isSending || waitMs > 0}>
          {isSending ? 'Signing in' : 'Sign in'}
        </button>
      </p>
    </form>
  );
}

function refusalText(
  { code, message }: SignInRefusal,
  { name, waitMs }: { readonly name: string; readonly waitMs: number },
): string {
  switch (code) {
    case 'UNAUTHENTICATED':
      return `The server does not accept this ${name}: it is mistyped, expired or revoked, or of another server.`;
    case 'RATE_LIMITED':
      return waitMs > 0
        ? `Too many failed attempts. Try again in ${Math.ceil(waitMs / 1000)} s.`
        : 'Too many failed attempts. Try again.';
    default:
      return `Not signed in. ${message}`;
  }
}

function ProxyNote() {
  return (
    <div className="control-form">
      <p>
        The proxy in front of this server signs users in, and it has not signed you in, or your session there
        has ended.
      </p>
      <p className="modal-actions">
        <button type="button" className="primary" onClick={() => location.reload()}>
          Reload the page
        </button>
      </p>
    </div>
  );
}

function hostOf(issuer: string): string {
  return URL.canParse(issuer) ? new URL(issuer).host : issuer;
}
