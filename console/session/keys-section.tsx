import { KeyRound } from 'lucide-react';
import { useCallback, useState } from 'react';
import type { AccessKey } from '@stagewire/client';
import { useAnswer, useStagewire } from '@stagewire/client/react';
import { useServerClock } from '../shell/server-clock.ts';
import { CreateKeyDialog } from './create-key-dialog.tsx';
import { dateAndTime } from './date-and-time.ts';
import { RevokeKeyDialog } from './revoke-key-dialog.tsx';

/** All access keys of the server, for an administrator. */
export function KeysSection() {
  const stagewire = useStagewire();
  const ask = useCallback(
    (signal: AbortSignal) => stagewire.procedures.keys.list(undefined, { signal }),
    [stagewire],
  );
  const { value: keys, error, retry } = useAnswer(ask);
  const [creates, setCreates] = useState(false);
  const [toRevoke, setToRevoke] = useState<AccessKey>();
  return (
    <section aria-labelledby="account-keys">
      <div className="account-keys-title">
        <h2 id="account-keys">Access keys</h2>
        <button type="button" className="small" onClick={() => setCreates(true)}>
          <KeyRound size={14} aria-hidden="true" />
          New key
        </button>
      </div>
      <p className="muted">Each person and each program signs in with a key of its own.</p>
      {error === undefined ? null : (
        <p className="problems" role="alert">
          The keys could not be loaded. {error.message}{' '}
          <button type="button" className="small" onClick={retry}>
            Retry
          </button>
        </p>
      )}
      {keys === undefined ? null : <KeyTable keys={keys} onRevoke={setToRevoke} />}
      {creates ? <CreateKeyDialog onCreated={retry} onClose={() => setCreates(false)} /> : null}
      {toRevoke === undefined ? null : (
        <RevokeKeyDialog accessKey={toRevoke} onRevoked={retry} onClose={() => setToRevoke(undefined)} />
      )}
    </section>
  );
}

interface KeyTableProps {
  readonly keys: readonly AccessKey[];
  readonly onRevoke: (key: AccessKey) => void;
}

function KeyTable({ keys, onRevoke }: KeyTableProps) {
  const nowMs = useServerClock().now();
  if (keys.length === 0) return <p>There are no keys.</p>;
  return (
    <div className="table-scroll">
      <table className="keys-table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Owner</th>
            <th scope="col">Permissions</th>
            <th scope="col">Expires</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => {
            const state = stateOf(key, nowMs);
            return (
              <tr key={key.id} className={state.isValid ? undefined : 'is-ended'}>
                <th scope="row">
                  {key.name} {key.kind === 'bot' ? <span className="badge">bot</span> : null}
                  <span className="mono muted">{key.id}</span>
                </th>
                <td data-label="Owner">{key.owner}</td>
                <td data-label="Permissions">{key.permissions.join(', ') || 'none'}</td>
                <td data-label="Expires">{state.text}</td>
                <td>
                  {state.isValid ? (
                    <button
                      type="button"
                      className="small danger"
                      aria-label={`Revoke ${key.name}`}
                      onClick={() => onRevoke(key)}
                    >
                      Revoke
                    </button>
                  ) : null}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function stateOf({ revokedAt, expiresAt }: AccessKey, nowMs: number) {
  if (revokedAt !== undefined) return { isValid: false, text: `Revoked ${dateAndTime(revokedAt, nowMs)}` };
  if (expiresAt === undefined) return { isValid: true, text: 'Never' };
  const isOver = Date.parse(expiresAt) <= nowMs;
  return { isValid: !isOver, text: `${isOver ? 'Expired ' : ''}${dateAndTime(expiresAt, nowMs)}` };
}
