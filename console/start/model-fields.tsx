import { capitalized } from '../shell/labels.ts';
import { FieldProblem, fieldProps, type ProblemOf } from './field-problem.tsx';
import type { StartDraft } from './start-draft.ts';

export interface ModelFieldsProps {
  readonly order: readonly string[];
  readonly draft: StartDraft;
  /** What the server takes where nothing is said. */
  readonly serverModels: Readonly<Record<string, string>>;
  readonly problemOf: ProblemOf;
  readonly onChange: (change: Partial<StartDraft>) => void;
}

/** For the run and each of its roles: a model and an instruction. Empty: as the server has it. */
export function ModelFields({ order, draft, serverModels, problemOf, onChange }: ModelFieldsProps) {
  const rows = ['default', ...order.filter((role) => draft.roles.includes(role))];
  const known = Array.from(new Set([...Object.values(serverModels), 'rehearsal']));
  return (
    <div className="model-fields">
      <p className="muted">
        A model is written as <code>provider/model</code>: anthropic, openai, openrouter, ollama, compatible,
        or <code>rehearsal</code>.
      </p>
      <datalist id="known-models">
        {known.map((it) => (
          <option key={it} value={it} />
        ))}
      </datalist>
      {rows.map((row) => {
        const name = row === 'default' ? 'All roles' : capitalized(row);
        const instruction = row === 'default' ? 'all' : row;
        return (
          <div key={row} className="model-row">
            <span className="model-row-name">{name}</span>
            <input
              list="known-models"
              className="mono"
              aria-label={`Model, ${name}`}
              placeholder={serverModels[row] ?? (row === 'default' ? 'provider/model' : 'as above')}
              value={draft.models[row] ?? ''}
              onChange={(event) => onChange({ models: { ...draft.models, [row]: event.target.value } })}
              spellCheck={false}
              {...fieldProps(`models.${row}`, problemOf)}
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
