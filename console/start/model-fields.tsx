import { capitalized } from '../shell/labels.ts';
import { FieldProblem, fieldProps, type ProblemOf } from './field-problem.tsx';
import type { StartDraft } from './start-draft.ts';

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
  const known = Array.from(new Set([...Object.values(serverModels), 'rehearsal']));
  return (
    <div className="model-fields">
      <p className="muted">
        Format: <code>provider/model</code>. Providers: anthropic, openai, openrouter, ollama, compatible. Or{' '}
        <code>rehearsal</code>, the built-in simulated model.
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
              placeholder={serverModels[row] ?? (row === 'default' ? 'provider/model' : 'Same as all roles')}
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
