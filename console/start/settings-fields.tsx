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
const nothingSaid: SettingsDraft = { effort: '', maxOutputTokens: '' };

/** For each role: how much its model reasons, and how long an answer may be. Empty: as the provider has it. */
export function SettingsFields({ order, draft, problemOf, onChange }: SettingsFieldsProps) {
  const set = (role: string, change: Partial<SettingsDraft>) =>
    onChange({
      settings: {
        ...draft.settings,
        [role]: { ...nothingSaid, ...draft.settings[role], ...change },
      },
    });
  return (
    <div className="model-fields">
      <p className="muted">
        How much a model reasons before it answers, and how many tokens an answer may have, reasoning
        included: from 1 to {grouped(maxOutputTokensAllowed)}. An answer that reaches its limit goes on in
        another attempt, at most three times.
      </p>
      {order
        .filter((role) => draft.roles.includes(role))
        .map((role) => {
          const name = capitalized(role);
          const { effort, maxOutputTokens } = draft.settings[role] ?? nothingSaid;
          return (
            <div key={role} className="model-row settings-row">
              <span className="model-row-name">{name}</span>
              <select
                aria-label={`Effort, ${name}`}
                value={effort}
                onChange={(event) => set(role, { effort: event.target.value as SettingsDraft['effort'] })}
              >
                <option value="">Usual effort</option>
                {efforts.map((it) => (
                  <option key={it} value={it}>
                    {capitalized(it)} effort
                  </option>
                ))}
              </select>
              <input
                inputMode="numeric"
                autoComplete="off"
                aria-label={`Output tokens at most, ${name}`}
                placeholder="Output tokens at most"
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
