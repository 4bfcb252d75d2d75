import type { StageState } from '../generated/contract.ts';
import { useRunView, type FollowRunOptions } from './use-run-view.ts';

/**
 * One stage of a run, by its number from 1; `undefined` until it has begun. Only what happens in this stage renders
 * the component: the text of another stage does not.
 *
 * @throws Error without a provider.
 */
export function useStage(
  runId: string | undefined,
  stage: number,
  options: FollowRunOptions = {},
): StageState | undefined {
  const { picked } = useRunView(runId, {
    ...options,
    hook: 'useStage',
    pick: ({ state }) => state?.stages.find((it) => it.stage === stage),
  });
  return picked;
}
