import { useIdentity } from '@stagewire/client/react';
import type { StartDraft } from './start-draft.ts';

export interface OwnerFieldProps {
  readonly draft: StartDraft;
  readonly onChange: (owner: string | undefined) => void;
}

/** Whose run it will be, for a caller with several owners. */
export function OwnerField({ draft, onChange }: OwnerFieldProps) {
  const identity = useIdentity();
  const { owner = '', owners = [] } = identity ?? {};
  if (owners.length < 2) return null;
  return (
    <label className="field">
      <span>Owner</span>
      <select value={draft.owner ?? ''} onChange={(event) => onChange(event.target.value || undefined)}>
        <option value="">{draft.source === undefined ? owner : 'The owner of the source'}</option>
        {owners
          .filter((it) => draft.source !== undefined || it !== owner)
          .map((it) => (
            <option key={it} value={it}>
              {it}
            </option>
          ))}
      </select>
    </label>
  );
}
