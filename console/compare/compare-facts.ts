import { costText, counted, duration, grouped } from '@stagewire/client';
import type { RunState, StageState, Usage } from '@stagewire/client';
import { isInherited, isInheritedStage } from '../lineage/inherited.ts';
import { elapsedMs } from '../run/stage-facts.ts';
import { shortModel } from '../shell/labels.ts';

/** The value of both runs. */
export interface ComparedFact {
  readonly name: string;
  readonly values: readonly [string, string];
}

/** The figures of two runs. `nowMs` is the end of a run that is not over. */
export function compareFacts(one: RunState, other: RunState, nowMs: number): readonly ComparedFact[] {
  const fact = (name: string, value: (state: RunState) => string): ComparedFact => ({
    name,
    values: [value(one), value(other)],
  });
  const facts = [
    fact('Duration', (state) => duration(durationMs(state, nowMs))),
    fact('Tokens in', ({ usage }) => tokens(usage, usage.inputTokens)),
    fact('Tokens out', ({ usage }) => tokens(usage, usage.outputTokens)),
    fact('Cost', ({ cost }) => (cost === undefined ? '–' : costText(cost))),
    fact('Attempts', ({ stages }) => String(stages.flatMap(ownAttempts).length)),
    fact('Commands', ({ commands }) => String(commands.length)),
  ];
  return facts.filter(({ name, values }) => name !== 'Cost' || values.some((it) => it !== '–'));
}

function tokens({ source }: Usage, count: number): string {
  return `${source === 'final' || count === 0 ? '' : '≈'}${grouped(count)}`;
}

function durationMs({ startedAt, queuedAt, endedAt }: RunState, nowMs: number): number {
  const end = endedAt === undefined ? nowMs : Date.parse(endedAt);
  return end - Date.parse(startedAt ?? queuedAt);
}

function ownAttempts({ attempts }: StageState) {
  return attempts.filter((it) => !isInherited(it));
}

/** What one stage took, e.g. `2 attempts, 4.1 s, 1,200 tokens out, claude-small`. */
export function stageFacts(stage: StageState, nowMs: number): string {
  const model = shortModel(stage.attempts.at(-1)?.model ?? '');
  if (isInheritedStage(stage)) return model;
  const own = ownAttempts(stage);
  const usages = own.flatMap(({ usage }) => usage ?? []);
  const out = usages.reduce((sum, { outputTokens }) => sum + outputTokens, 0);
  const sign = usages.every(({ source }) => source === 'final') ? '' : '≈';
  return [
    ...(own.length > 1 ? [counted(own.length, 'attempt')] : []),
    duration(own.reduce((sum, it) => sum + elapsedMs(it, nowMs), 0)),
    ...(out > 0 ? [`${sign}${grouped(out)} tokens out`] : []),
    ...(stage.cost === undefined ? [] : [costText(stage.cost)]),
    model,
  ].join(', ');
}
