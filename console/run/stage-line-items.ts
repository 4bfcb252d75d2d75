import type { RunState, StageState } from '@stagewire/client';

/** One element of the stage line: a stage, or a finished loop of reviews and refinements. */
export type StageLineItem =
  | { readonly kind: 'stage'; readonly stage: StageState }
  | {
      readonly kind: 'loop';
      /** `Review ×3` */
      readonly name: string;
      readonly stages: readonly StageState[];
      /** Whether the selected stage is one of them: then they are shown in any case. */
      readonly hasShown: boolean;
    };

const loopRoles: readonly string[] = ['reviewer', 'refiner'];

/** A review and its refinement are as short as a collapsed loop of them. */
const minLoopStages = 3;

/**
 * The stages of a run for its line, with finished loops of reviews and refinements as one element each. A stage that has
 * not ended is never part of a loop.
 *
 * @param shown The number of the selected stage.
 */
export function stageLineItems(
  stages: RunState['stages'],
  shown: number | undefined,
): readonly StageLineItem[] {
  const items: StageLineItem[] = [];
  let loop: StageState[] = [];
  const endLoop = () => {
    if (loop.length < minLoopStages) {
      for (const stage of loop) items.push({ kind: 'stage', stage });
    } else {
      const reviews = loop.filter(({ role }) => role === 'reviewer').length;
      items.push({
        kind: 'loop',
        name: reviews === 0 ? `Refine ×${loop.length}` : `Review ×${reviews}`,
        stages: loop,
        hasShown: loop.some(({ stage }) => stage === shown),
      });
    }
    loop = [];
  };
  for (const stage of stages) {
    if (loopRoles.includes(stage.role) && !isLive(stage)) {
      loop.push(stage);
    } else {
      endLoop();
      items.push({ kind: 'stage', stage });
    }
  }
  endLoop();
  return items;
}

/** Whether a stage has not ended. */
export function isLive({ status }: StageState): boolean {
  return status === 'running' || status === 'backoff';
}

/** The model that most of a run uses: a stage shows its own only if it differs. */
export function usualModel({ models, stages }: Pick<RunState, 'models' | 'stages'>): string | undefined {
  return models['default'] ?? stages[0]?.attempts[0]?.model;
}
