import { useState, type FormEvent } from 'react';
import type { AccessKey } from '@stagewire/client';
import { useIdentity, useStagewire } from '@stagewire/client/react';
import { Modal } from '../shell/modal.tsx';

export interface RevokeKeyDialogProps {
  readonly accessKey: AccessKey;
  readonly onRevoked: () => void;
  readonly onClose: () => void;
}

/** Confirms that a key is revoked. */
export function RevokeKeyDialog({ accessKey, onRevoked, onClose }: RevokeKeyDialogProps) {
  const { id, name } = accessKey;
  const stagewire = useStagewire();
  const isOwn = useIdentity()?.actor.id === `key:${id}`;
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<string>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isSending) return;
    setSending(true);
    setProblem(undefined);
    try {
      await stagewire.procedures.keys.revoke({ id });
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setSending(false);
      return;
    }
    onRevoked();
    onClose();
  };
  return (
    <Modal title={`Revoke the key ${name}`} onClose={onClose}>
      <form className="control-form" onSubmit={(event) => void submit(event)}>
        <p>
          Everyone who uses it is signed out within seconds. Runs that were started with it continue. This
          cannot be undone.
        </p>
        {isOwn ? (
          <p className="problems">You are signed in with this key: you sign yourself out with it.</p>
        ) : null}
        {problem === undefined ? null : (
          <p className="problems" role="alert">
            Not revoked. {problem}
          </p>
        )}
        <p className="modal-actions">
          <button type="button" className="quiet" autoFocus onClick={onClose}>
            Keep key
          </button>
          <button type="submit" className="danger" aria-disabled={isSending}>
            Revoke key
          </button>
        </p>
      </form>
    </Modal>
  );
}
