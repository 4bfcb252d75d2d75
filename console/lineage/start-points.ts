import { addUsage, grouped, noUsage } from '@stagewire/client';
import type { RunState, StartFrom } from '@stagewire/client';
import { capitalized } from '../shell/labels.ts';

/** Where an ended run can start again. */
export interface StartPoint {
  /** The first stage that is not inherited. */
  readonly stage: number;
  readonly role: string;
}

/** Where a failed or cancelled run starts again by default: the same rule as that of the server. */
export function restartPoint(state: RunState): StartPoint {
  const { stages, startedAt, plan, pipeline } = state;
  // A run that ended in the queue has only inherited stages; none of them ended it.
  const stage = startedAt === undefined ? stages.length + 1 : Math.max(1, stages.length);
  const role =
    stages.find((it) => it.stage === stage)?.role ?? plan[0] ?? pipeline.roles[0] ?? 'the first role';
  return { stage, role };
}

/** What a start inherits, e.g. `Keeps Architect; 1,234 tokens are not paid again.` */
export function keptText(state: RunState, { stage, attempt }: Pick<StartFrom, 'stage' | 'attempt'>): string {
  const before = state.stages.filter((it) => stage === undefined || it.stage < stage);
  const forked = state.stages.find((it) => it.stage === stage);
  const attempts = [
    ...before.flatMap((it) => it.attempts),
    ...(forked?.attempts.filter((it) => attempt !== undefined && it.attempt <= attempt) ?? []),
  ];
  const kept = [
    ...roleNames(before.map(({ role }) => role)),
    ...(attempt === undefined || forked === undefined ? [] : [`the text of ${capitalized(forked.role)}`]),
  ];
  if (kept.length === 0) return 'Keeps no stages: it starts with the first one.';
  const usage = attempts.map((it) => it.usage ?? noUsage).reduce(addUsage, noUsage);
  const tokens = usage.inputTokens + usage.outputTokens;
  const sign = usage.source === 'final' ? '' : '≈';
  return `Keeps ${listText(kept)}${tokens === 0 ? '' : `; ${sign}${grouped(tokens)} tokens are not paid again`}.`;
}

const maxNames = 3;

function roleNames(roles: readonly string[]): readonly string[] {
  return roles.length > maxNames ? [`${roles.length} stages`] : roles.map(capitalized);
}

function listText(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
