import { useMay, useModels } from '@stagewire/client/react';
import type { UseModels } from '@stagewire/client/react';
import { useMemo } from 'react';
import { capitalized } from '../shell/labels.ts';
import { FieldProblem, fieldProps, type ProblemOf } from './field-problem.tsx';
import { ModelCombobox } from './model-combobox.tsx';
import { ModelListNote } from './model-list-note.tsx';
import { modelGroups } from './model-options.ts';
import type { StartDraft } from './start-draft.ts';
import { useOpened } from './use-opened.ts';

export interface ModelFieldsProps {
  readonly order: readonly string[];
  readonly draft: StartDraft;
  /** The server's default models. */
  readonly serverModels: Readonly<Record<string, string>>;
  readonly problemOf: ProblemOf;
  readonly onChange: (change: Partial<StartDraft>) => void;
}

/** Model and instruction of the run and of each role. Empty fields use the server's defaults. */
export function ModelFields({ order, draft, serverModels, problemOf, onChange }: ModelFieldsProps) {
  const rows = ['default', ...order.filter((role) => draft.roles.includes(role))];
  const { ref, opened } = useOpened<HTMLDivElement>();
  const mayList = useMay('models.list');
  const models = useModels({ enabled: opened && mayList });
  const groups = useMemo(() => modelGroups(models.list, serverModels), [models.list, serverModels]);
  return (
    <div ref={ref} className="model-fields">
      <p className="muted">
        Format: <code>provider/model</code>. Providers: anthropic, openai, openrouter, ollama, compatible. Or{' '}
        <code>rehearsal</code>, the simulated model.
      </p>
      <ModelListNote models={models} />
      {rows.map((row) => {
        const name = row === 'default' ? 'All roles' : capitalized(row);
        const instruction = row === 'default' ? 'all' : row;
        return (
          <div key={row} className="model-row">
            <span className="model-row-name">{name}</span>
            <ModelCombobox
              name={name}
              placeholder={serverModels[row] ?? (row === 'default' ? 'provider/model' : 'Same as all roles')}
              value={draft.models[row] ?? ''}
              groups={groups}
              note={popupNotes[models.status]}
              field={fieldProps(`models.${row}`, problemOf)}
              onChange={(model) => onChange({ models: { ...draft.models, [row]: model } })}
            />
            <input
              aria-label={`Instruction, ${name}`}
              placeholder="Instruction (optional)"
              value={draft.instructions[instruction] ?? ''}
              onChange={(event) =>
                onChange({ instructions: { ...draft.instructions, [instruction]: event.target.value } })
              }
            />
            <FieldProblem field={`models.${row}`} problemOf={problemOf} />
          </div>
        );
      })}
    </div>
  );
}

/** Why a list of models is not complete. */
const popupNotes = {
  none: undefined,
  loading: 'Loading the models of the providers',
  ready: undefined,
  unavailable: 'The models of the providers could not be loaded; a model can be typed.',
} as const satisfies Record<UseModels['status'], string | undefined>;
