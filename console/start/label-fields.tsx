import { Plus, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { FieldProblem, fieldProps, type ProblemOf } from './field-problem.tsx';
import type { LabelDraft } from './start-draft.ts';

export interface LabelFieldsProps {
  readonly labels: readonly LabelDraft[];
  readonly problemOf: ProblemOf;
  readonly onChange: (labels: readonly LabelDraft[]) => void;
}

/** Names and values to find the run by. */
export function LabelFields({ labels, problemOf, onChange }: LabelFieldsProps) {
  const list = useRef<HTMLUListElement>(null);
  const addButton = useRef<HTMLButtonElement>(null);
  const count = useRef(labels.length);
  useEffect(() => {
    // A new label starts with its name.
    if (labels.length === count.current + 1) {
      list.current?.querySelector<HTMLElement>('li:last-child input')?.focus();
    }
    count.current = labels.length;
  }, [labels.length]);

  const set = (at: number, change: Partial<LabelDraft>) =>
    onChange(labels.map((it, index) => (index === at ? { ...it, ...change } : it)));
  const remove = (at: number) => {
    onChange(labels.filter((_, index) => index !== at));
    addButton.current?.focus();
  };
  return (
    <div className="field-group" role="group" aria-labelledby="labels-title">
      <p className="field-group-title" id="labels-title">
        Labels
      </p>
      <p className="muted">Labels appear in the run list and are searchable.</p>
      <ul ref={list} className="label-list">
        {labels.map((it, at) => (
          // The index is the key: two labels may have the same name while one is being typed.
          <li key={at}>
            <div className="label-row">
              <input
                aria-label={`Name of label ${at + 1}`}
                placeholder="Name"
                value={it.name}
                onChange={(event) => set(at, { name: event.target.value })}
                {...fieldProps(`labels.${at}`, problemOf)}
              />
              <input
                aria-label={`Value of label ${at + 1}`}
                placeholder="Value"
                value={it.value}
                onChange={(event) => set(at, { value: event.target.value })}
              />
              <button
                type="button"
                className="icon-button"
                aria-label={`Remove label ${at + 1}`}
                onClick={() => remove(at)}
              >
                <X size={14} aria-hidden="true" />
              </button>
            </div>
            <FieldProblem field={`labels.${at}`} problemOf={problemOf} />
          </li>
        ))}
      </ul>
      <button
        ref={addButton}
        type="button"
        className="small"
        onClick={() => onChange([...labels, { name: '', value: '' }])}
      >
        <Plus size={14} aria-hidden="true" />
        Add label
      </button>
    </div>
  );
}
