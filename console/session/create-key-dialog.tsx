import { useState, type FormEvent } from 'react';
import type { Permission } from '@stagewire/client';
import { useStagewire } from '@stagewire/client/react';
import { ExpirySelect } from '../shell/expiry-select.tsx';
import { Modal } from '../shell/modal.tsx';
import { CopyButton } from '../text/code-card.tsx';
import { permissionTexts } from './identity-text.ts';
import { canMakeKeys, makeKey, type NewKey } from './new-key.ts';

export interface CreateKeyDialogProps {
  readonly onCreated: () => void;
  readonly onClose: () => void;
}

const dayMs = 24 * 60 * 60 * 1000;

const expiries = [
  { label: 'Never', ms: undefined },
  { label: 'In 1 day', ms: dayMs },
  { label: 'In 30 days', ms: 30 * dayMs },
  { label: 'In 1 year', ms: 365 * dayMs },
] as const;

const permissions = Object.keys(permissionTexts) as Permission[];
const usual: readonly Permission[] = ['runs:read', 'runs:start', 'runs:control', 'runs:delete'];

/** Creates an access key, and shows it once. */
export function CreateKeyDialog({ onCreated, onClose }: CreateKeyDialogProps) {
  const [created, setCreated] = useState<{ readonly key: NewKey; readonly name: string }>();
  return (
    <Modal title={created === undefined ? 'New access key' : `The key of ${created.name}`} onClose={onClose}>
      {!canMakeKeys() ? (
        <p>
          A browser can create keys only on a page that was loaded over HTTPS or from this machine. Create the
          key in a terminal on the server instead:{' '}
          <code className="key-command">npx stagewire keys create --name NAME</code>
        </p>
      ) : created === undefined ? (
        <KeyForm
          onClose={onClose}
          onCreated={(key, name) => {
            setCreated({ key, name });
            onCreated();
          }}
        />
      ) : (
        <CreatedKey text={created.key.text} onClose={onClose} />
      )}
    </Modal>
  );
}

function CreatedKey({ text, onClose }: { readonly text: string; readonly onClose: () => void }) {
  return (
    <div className="control-form">
      <p role="status">Copy the key now: it is not shown again. Everyone who has it can sign in with it.</p>
      <label className="field">
        <span className="hidden">Access key</span>
        <input
          className="mono"
          readOnly
          value={text}
          spellCheck={false}
          onFocus={(event) => event.target.select()}
        />
      </label>
      <p className="modal-actions key-created">
        <CopyButton text={text} label="Copy key" />
        <span className="spacer" />
        <button type="button" onClick={onClose}>
          Done
        </button>
      </p>
    </div>
  );
}

interface KeyFormProps {
  readonly onCreated: (key: NewKey, name: string) => void;
  readonly onClose: () => void;
}

function KeyForm({ onCreated, onClose }: KeyFormProps) {
  const stagewire = useStagewire();
  // A repeated request creates the same key.
  const [made] = useState(makeKey);
  const [name, setName] = useState('');
  const [owner, setOwner] = useState('');
  const [isBot, setBot] = useState(false);
  const [granted, setGranted] = useState<readonly Permission[]>(usual);
  const [expiry, setExpiry] = useState(0);
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<string>();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isSending) return;
    if (name.trim() === '') return setProblem('Enter a name.');
    setSending(true);
    setProblem(undefined);
    try {
      const key = await made;
      const { ms } = expiries[expiry] ?? expiries[0];
      await stagewire.procedures.keys.create({
        id: key.id,
        hash: key.hash,
        name: name.trim(),
        kind: isBot ? 'bot' : 'user',
        permissions: [...granted],
        ...(owner.trim() !== '' && { owner: owner.trim() }),
        ...(ms !== undefined && { expiresAt: new Date(Date.now() + ms).toISOString() }),
      });
      onCreated(key, name.trim());
    } catch (error) {
      setProblem(`Not created. ${error instanceof Error ? error.message : String(error)}`);
      setSending(false);
    }
  };
  const isAdmin = granted.includes('admin');

  return (
    <form className="control-form" onSubmit={(event) => void submit(event)}>
      <label className="field">
        <span>Name</span>
        <input value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />
      </label>
      <label className="field">
        <span>Owner</span>
        <input
          value={owner}
          maxLength={100}
          placeholder={name.trim() === '' ? 'As the name' : name.trim()}
          onChange={(event) => setOwner(event.target.value)}
        />
        <small className="muted">Keys with the same owner share their runs.</small>
      </label>
      <fieldset>
        <legend>Permissions</legend>
        {permissions.map((it) => (
          <label key={it} className="check">
            <input
              type="checkbox"
              checked={isAdmin || granted.includes(it)}
              disabled={isAdmin && it !== 'admin'}
              onChange={(event) =>
                setGranted(event.target.checked ? [...granted, it] : granted.filter((other) => other !== it))
              }
            />
            {permissionTexts[it]}
          </label>
        ))}
      </fieldset>
      <div className="key-row">
        <ExpirySelect label="Expires" expiries={expiries} selected={expiry} onSelect={setExpiry} />
        <label className="check">
          <input type="checkbox" checked={isBot} onChange={(event) => setBot(event.target.checked)} />
          For a program (bot)
        </label>
      </div>
      {problem === undefined ? null : (
        <p className="problems" role="alert">
          {problem}
        </p>
      )}
      <p className="modal-actions">
        <button type="button" className="quiet" onClick={onClose}>
          Close
        </button>
        <button type="submit" className="primary" aria-disabled={isSending}>
          Create key
        </button>
      </p>
    </form>
  );
}
