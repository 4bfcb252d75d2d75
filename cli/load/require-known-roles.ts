import type { ServerInfo } from '@stagewire/client';
import { invalidScenario } from './read-scenario.ts';
import { unknownRole } from '../terminal/unknown-role.ts';
import type { ScenarioRun } from './scenario.ts';

/** Keys that name no role. */
const forAllRoles: ReadonlySet<string> = new Set(['default', 'all']);

/** @throws CliProblem with each role of the scenario that the server does not have, before anything was started. */
export function requireKnownRoles(runs: readonly ScenarioRun[], info: Pick<ServerInfo, 'roles'>): void {
  const problems = runs.flatMap((run, index) =>
    rolesIn(run).flatMap(([field, role]) => {
      const problem = unknownRole(role, info);
      return problem === undefined ? [] : [`runs[${index}].${field}: ${problem}`];
    }),
  );
  if (problems.length > 0) throw invalidScenario('The scenario is not valid; nothing was started:', problems);
}

/** Each role of a run, after the field that names it. */
function rolesIn({ start, commands }: ScenarioRun): readonly (readonly [field: string, role: string])[] {
  const { pipeline, models, settings, instructions } = start;
  return [
    ...(pipeline?.roles ?? []).map((role, index) => [`start.pipeline.roles[${index}]`, role] as const),
    ...Object.entries({ models, settings, instructions }).flatMap(([field, byRole]) =>
      Object.keys(byRole ?? {})
        .filter((role) => !forAllRoles.has(role))
        .map((role) => [`start.${field}.${role}`, role] as const),
    ),
    ...commands.flatMap(({ send }, index) =>
      send.kind === 'redirect' ? [[`commands[${index}].redirect`, send.to] as const] : [],
    ),
  ];
}
