import { useState } from 'react';
import type { Identity } from '@stagewire/client';
import '../styles/session.css';

export interface OwnerFilterProps {
  readonly identity: Identity;
  /** `undefined`: all owners of the caller. */
  readonly owner: string | undefined;
  readonly onChange: (owner: string | undefined) => void;
}

/** Whose runs the list shows: a choice of the caller's owners, and a field for an administrator, who may see all. */
export function OwnerFilter({ identity, owner, onChange }: OwnerFilterProps) {
  if (identity.permissions.includes('admin'))
    return <AnyOwner key={owner ?? ''} owner={owner} onChange={onChange} />;
  return (
    <label className="owner-filter">
      <span className="muted">Owner</span>
      <select value={owner ?? ''} onChange={(event) => onChange(event.target.value || undefined)}>
        <option value="">All of yours</option>
        {identity.owners.map((it) => (
          <option key={it} value={it}>
            {it}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Applied by Enter or on leaving it: the server logs each access of an administrator to another owner. */
function AnyOwner({ owner = '', onChange }: Omit<OwnerFilterProps, 'identity'>) {
  const [text, setText] = useState(owner);
  const apply = () => {
    const next = text.trim();
    if (next !== owner) onChange(next === '' ? undefined : next);
  };
  return (
    <form
      className="owner-filter"
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <label>
        <span className="muted">Owner</span>
        <input
          value={text}
          maxLength={256}
          placeholder="Yours"
          title="The name of an owner, to see the runs of that owner"
          onChange={(event) => setText(event.target.value)}
          onBlur={apply}
        />
      </label>
    </form>
  );
}
