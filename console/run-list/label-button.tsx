import { useOffers } from '../session/use-offers.ts';
import { useShowLabel } from './list-selection.ts';

/** A label of a run; it shows the runs with the same label in the list. */
export function LabelButton({ name, value }: { readonly name: string; readonly value: string }) {
  const show = useShowLabel();
  const offersList = useOffers('runs.list');
  const text = `${name}: ${value}`;
  if (!offersList) return <span className="label">{text}</span>;
  return (
    <button
      type="button"
      className="label"
      title={`Show runs with the label ${text}`}
      onClick={() => show({ [name]: value })}
    >
      {text}
    </button>
  );
}
