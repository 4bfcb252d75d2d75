import { counted } from '@stagewire/client';
import { ChevronDown } from 'lucide-react';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import type { fieldProps } from './field-problem.tsx';
import { contextText, matchingGroups, type ModelGroup } from './model-options.ts';
import '../styles/model-choice.css';

export interface ModelComboboxProps {
  /** Whose model it is, for example `Coder`. */
  readonly name: string;
  readonly value: string;
  readonly placeholder: string;
  readonly groups: readonly ModelGroup[];
  /** Why the groups are not all models. @default they are */
  readonly note: string | undefined;
  readonly field: ReturnType<typeof fieldProps>;
  readonly onChange: (value: string) => void;
}

/**
 * A text field with a list of models to choose from. Typing searches the list; any other model can be typed as well. The
 * keys are those of the combobox pattern of WAI-ARIA: arrows, Enter and Escape.
 */
export function ModelCombobox(props: ModelComboboxProps) {
  const { name, value, placeholder, groups, note, field, onChange } = props;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const popup = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);
  // A value that was chosen is no search: opening the list shows all models.
  const [isSearch, setSearch] = useState(false);
  const [active, setActive] = useState<string>();
  const shown = isOpen ? matchingGroups(groups, isSearch ? value : '') : [];
  const models = shown.flatMap((group) => group.models.map(({ model }) => model));
  const found = shown.reduce((sum, group) => sum + group.found, 0);
  const optionId = (model: string) => `${id}-${model}`;
  const current = active !== undefined && models.includes(active) ? active : undefined;

  useEffect(() => {
    if (isOpen) popup.current?.scrollIntoView({ block: 'nearest' });
  }, [isOpen]);
  useEffect(() => {
    popup.current?.querySelector('[data-active]')?.scrollIntoView({ block: 'nearest' });
  }, [current]);

  const open = () => {
    setOpen(true);
    setSearch(false);
    setActive(value === '' ? undefined : value);
  };
  const close = () => {
    setOpen(false);
    setActive(undefined);
  };
  const choose = (model: string) => {
    onChange(model);
    close();
  };
  const move = (step: 1 | -1) => {
    const from = current === undefined ? (step === 1 ? -1 : models.length) : models.indexOf(current);
    setActive(models.at((from + step) % models.length));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (isOpen) move(event.key === 'ArrowDown' ? 1 : -1);
      else open();
    } else if (event.key === 'Escape' && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === 'Enter' && current !== undefined && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      choose(current);
    }
  };

  return (
    <div className="model-choice">
      <input
        ref={input}
        role="combobox"
        className="mono"
        aria-label={`Model, ${name}`}
        aria-autocomplete="list"
        aria-expanded={isOpen}
        aria-controls={isOpen ? `${id}-list` : undefined}
        aria-activedescendant={current === undefined ? undefined : optionId(current)}
        autoComplete="off"
        placeholder={placeholder}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
          setSearch(true);
          setOpen(true);
          setActive(undefined);
        }}
        onClick={() => (isOpen ? undefined : open())}
        onKeyDown={onKeyDown}
        onBlur={close}
        spellCheck={false}
        {...field}
      />
      <button
        type="button"
        className="model-choice-button"
        tabIndex={-1}
        aria-label={`Show models for ${name}`}
        // The field keeps the focus, so that its keys work.
        onPointerDown={(event) => event.preventDefault()}
        onClick={() => {
          input.current?.focus();
          if (isOpen) close();
          else open();
        }}
      >
        <ChevronDown size={14} aria-hidden="true" />
      </button>
      {isOpen ? (
        <div ref={popup} className="model-popup" onPointerDown={(event) => event.preventDefault()}>
          <div id={`${id}-list`} role="listbox" aria-label={`Models for ${name}`}>
            {shown.map(({ label, title, models: ofGroup }) => (
              <div key={label} role="group" aria-label={title}>
                <div className="model-group-name" aria-hidden="true">
                  {title}
                </div>
                {ofGroup.map((model) => (
                  <div
                    key={model.model}
                    id={optionId(model.model)}
                    role="option"
                    aria-selected={model.model === value}
                    data-active={model.model === current ? '' : undefined}
                    onClick={() => choose(model.model)}
                  >
                    <span className="mono">{model.model}</span>
                    {contextText(model) === undefined ? null : (
                      <span className="muted"> {contextText(model)}</span>
                    )}
                  </div>
                ))}
              </div>
            ))}
          </div>
          <p className="model-popup-note" role="status">
            {note ??
              (models.length === 0
                ? 'No listed model matches; another one can be used as typed.'
                : counted(found, 'model'))}
          </p>
        </div>
      ) : null}
    </div>
  );
}
