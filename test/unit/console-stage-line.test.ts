import type { StageState } from '@stagewire/client';
import { describe, expect, test } from 'vitest';
import { stageLineItems, usualModel } from '../../console/run/stage-line-items.ts';
import { runState, stageState } from '../support/stage-state.ts';

const crew = 'architect coder reviewer refiner reviewer refiner reviewer refiner reviewer tester documenter';

describe('the line of stages', () => {
  test('has one element for a finished loop of reviews and refinements', () => {
    expect(textOf(stagesOf(crew))).toBe('architect coder [Review ×4: 3–9] tester documenter');
  });

  test('keeps a review, and a review with its refinement, as they are', () => {
    expect(textOf(stagesOf('coder reviewer tester reviewer refiner documenter'))).toBe(
      'coder reviewer tester reviewer refiner documenter',
    );
  });

  test.each(['running', 'backoff'] as const)('never collapses a stage that is %s', (status) => {
    const stages = stagesOf('coder reviewer refiner reviewer refiner');
    const live = stages.map((it, index) => (index === 4 ? { ...it, status } : it));
    expect(textOf(live)).toBe('coder [Review ×2: 2–4] refiner');
  });

  test('marks the loop with the selected stage', () => {
    expect(textOf(stagesOf(crew), 5)).toBe('architect coder (Review ×4: 3–9) tester documenter');
  });

  test('takes every stage exactly once, in order', () => {
    const stages = stagesOf(`${crew} reviewer refiner refiner coder reviewer`);
    const shown = stageLineItems(stages, undefined).flatMap((it) =>
      it.kind === 'stage' ? [it.stage] : it.stages,
    );
    expect(shown).toEqual(stages);
  });

  test('does not repeat the model of the run', () => {
    const stages = stagesOf('coder');
    expect(usualModel(runState({ stages, models: { default: 'openai/x' } }))).toBe('openai/x');
    expect(usualModel(runState({ stages, models: {} }))).toBe(stages[0]?.attempts[0]?.model);
  });
});

function stagesOf(roles: string): StageState[] {
  return roles.split(' ').map((role, index) => ({
    ...stageState([{ status: 'completed' }]),
    role,
    stage: index + 1,
    status: 'completed',
  }));
}

function textOf(stages: StageState[], shown?: number): string {
  return stageLineItems(stages, shown)
    .map((it) => {
      if (it.kind === 'stage') return it.stage.role;
      const text = `${it.name}: ${it.stages[0]?.stage}–${it.stages.at(-1)?.stage}`;
      return it.hasShown ? `(${text})` : `[${text}]`;
    })
    .join(' ');
}
