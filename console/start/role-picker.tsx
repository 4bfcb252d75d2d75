import { capitalized } from '../shell/labels.ts';
import { FieldProblem, fieldProps, type ProblemOf } from './field-problem.tsx';
import type { StartDraft } from './start-draft.ts';

export interface RolePickerProps {
  readonly order: readonly string[];
  readonly draft: StartDraft;
  readonly problemOf: ProblemOf;
  readonly onChange: (change: Partial<StartDraft>) => void;
}

const maxRefinements = 5;

/** The roles of the pipeline in its order, and the maximum number of refinements. */
export function RolePicker({ order, draft, problemOf, onChange }: RolePickerProps) {
  const toggle = (role: string) =>
    onChange({
      roles: draft.roles.includes(role) ? draft.roles.filter((it) => it !== role) : [...draft.roles, role],
    });
  return (
    <fieldset className="roles">
      <legend>Roles</legend>
      <div className="role-row">
        {order.map((role) => (
          <label key={role} className="chip">
            <input
              type="checkbox"
              checked={draft.roles.includes(role)}
              onChange={() => toggle(role)}
              {...fieldProps('roles', problemOf)}
            />
            <span>{capitalized(role)}</span>
          </label>
        ))}
      </div>
      <FieldProblem field="roles" problemOf={problemOf} />
      <label className="inline-field">
        <span>The refiner runs when a review requests changes. Maximum:</span>
        <select
          aria-label="Maximum refinements"
          value={draft.maxRefinements}
          onChange={(event) => onChange({ maxRefinements: Number(event.target.value) })}
        >
          {Array.from({ length: maxRefinements + 1 }, (_, index) => (
            <option key={index} value={index}>
              {index === 1 ? 'once' : `${index} times`}
            </option>
          ))}
        </select>
      </label>
    </fieldset>
  );
}
