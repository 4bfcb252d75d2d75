import { useShowLabel } from './list-selection.ts';

/** A label of a run; it shows the runs with the same label in the list. */
export function LabelButton({ name, value }: { readonly name: string; readonly value: string }) {
  const show = useShowLabel();
  return (
    <button
      type="button"
      className="label"
      title={`Show runs with the label ${name}: ${value}`}
      onClick={() => show({ [name]: value })}
    >
      {name}: {value}
    </button>
  );
}
