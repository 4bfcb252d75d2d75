/** A time after which a credential expires; `undefined` never. */
export interface Expiry {
  readonly label: string;
  readonly ms: number | undefined;
}

export interface ExpirySelectProps {
  readonly label: string;
  readonly expiries: readonly Expiry[];
  /** An index of `expiries`. */
  readonly selected: number;
  readonly onSelect: (index: number) => void;
}

export function ExpirySelect({ label: name, expiries, selected, onSelect }: ExpirySelectProps) {
  return (
    <label className="field">
      <span>{name}</span>
      <select value={selected} onChange={(event) => onSelect(Number(event.target.value))}>
        {expiries.map(({ label }, index) => (
          <option key={label} value={index}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}
