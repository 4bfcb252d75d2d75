import type { Effort, Settings } from '@stagewire/shared';
import { roles } from '../pipeline/roles.ts';

/** STAGEWIRE_EFFORT_CODER and so on, with their roles. */
export const effortVariables: ReadonlyMap<string, string> = new Map(
  roles.map(({ role }) => [`STAGEWIRE_EFFORT_${role.toUpperCase()}`, role]),
);
const efforts = ['low', 'medium', 'high'] as const satisfies readonly Effort[];

type Given = Readonly<Record<string, string | undefined>>;

/** The settings of the roles that have any. */
export function settingsOf(given: Given): Settings {
  return Object.fromEntries(
    [...effortVariables].flatMap(([name, role]) => {
      const effort = efforts.find((one) => one === given[name]);
      return effort === undefined ? [] : [[role, { effort }]];
    }),
  );
}

/** One sentence for each invalid value. */
export function effortProblems(given: Given): string[] {
  return [...effortVariables.keys()].flatMap((name) => {
    const value = given[name];
    if (value === undefined || efforts.some((one) => one === value)) return [];
    return [`${name} must be ${efforts.join(', ').replace(/, (\w+)$/, ' or $1')}; got "${value}".`];
  });
}
