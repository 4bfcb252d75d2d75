import { grouped } from '@stagewire/client';
import { capitalized } from '../shell/labels.ts';
import { FieldProblem, fieldProps, type ProblemOf } from './field-problem.tsx';
import type { SettingsDraft, StartDraft } from './start-draft.ts';
import { maxOutputTokensAllowed } from './start-problems.ts';

export interface SettingsFieldsProps {
  readonly order: readonly string[];
  readonly draft: StartDraft;
  readonly problemOf: ProblemOf;
  readonly onChange: (change: Partial<StartDraft>) => void;
}

const efforts = ['low', 'medium', 'high'] as const;
const noSettings: SettingsDraft = { effort: '', maxOutputTokens: '' };

/** Reasoning effort and output limit of each role. Empty fields use the provider's defaults. */
export function SettingsFields({ order, draft, problemOf, onChange }: SettingsFieldsProps) {
  const set = (role: string, change: Partial<SettingsDraft>) =>
    onChange({
      settings: {
        ...draft.settings,
        [role]: { ...noSettings, ...draft.settings[role], ...change },
      },
    });
  return (
    <div className="model-fields">
      <p className="muted">
        Reasoning effort of the model, and its maximum output tokens per attempt, reasoning included: from 1
        to {grouped(maxOutputTokensAllowed)}. An answer that reaches the limit continues in another attempt,
        at most three times.
      </p>
      {order
        .filter((role) => draft.roles.includes(role))
        .map((role) => {
          const name = capitalized(role);
          const { effort, maxOutputTokens } = draft.settings[role] ?? noSettings;
          return (
            <div key={role} className="model-row settings-row">
              <span className="model-row-name">{name}</span>
              <select
                aria-label={`Effort, ${name}`}
                value={effort}
                onChange={(event) => set(role, { effort: event.target.value as SettingsDraft['effort'] })}
              >
                <option value="">Default effort</option>
                {efforts.map((it) => (
                  <option key={it} value={it}>
                    {capitalized(it)} effort
                  </option>
                ))}
              </select>
              <input
                inputMode="numeric"
                autoComplete="off"
                aria-label={`Max output tokens, ${name}`}
                placeholder="Max tokens"
                value={maxOutputTokens}
                onChange={(event) => set(role, { maxOutputTokens: event.target.value })}
                {...fieldProps(`settings.${role}`, problemOf)}
              />
              <FieldProblem field={`settings.${role}`} problemOf={problemOf} />
            </div>
          );
        })}
    </div>
  );
}
