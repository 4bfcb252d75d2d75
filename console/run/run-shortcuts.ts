import type { AttemptState, RunState, StageState, AttemptPlace } from '@stagewire/client';
import { isEnded, targetOf } from '@stagewire/client';
import { panels, type Panel } from '../shell/route.ts';
import { useShortcuts } from '../shell/shortcuts.ts';
import type { ControlDialog } from './run-controls.tsx';

export interface RunShortcutsOptions {
  readonly state: RunState | undefined;
  readonly stage: StageState | undefined;
  readonly attempt: AttemptState | undefined;
  /** The result of an ended run is shown: it comes after the last stage. */
  readonly isResult: boolean;
  readonly showStage: (stage: number | undefined, attempt?: number) => void;
  readonly showPrompt: (at: AttemptPlace) => void;
  readonly setPanel: (panel: Panel) => void;
  readonly setDialog: (dialog: ControlDialog) => void;
  /** Whether the caller may steer, redirect and cancel the run. */
  readonly canControl: boolean;
  /** Whether the caller may read prompts. */
  readonly canReadPrompt: boolean;
}

/** The single-key shortcuts of a run's page. */
export function useRunShortcuts(options: RunShortcutsOptions): void {
  const { state, stage, attempt, isResult, showStage, showPrompt, setPanel, setDialog } = options;
  const { canControl, canReadPrompt } = options;
  const live = state !== undefined && !isEnded(state);
  const toStage = (by: number) => {
    const target = (stage?.stage ?? 0) + by + (isResult ? 1 : 0);
    const isAfterLast = target === (state?.stages.at(-1)?.stage ?? 0) + 1;
    if (isAfterLast && state !== undefined && isEnded(state)) showStage(undefined);
    else if (state?.stages.some((it) => it.stage === target) === true) showStage(target);
  };
  const toAttempt = (by: number) => {
    const target = (attempt?.attempt ?? 0) + by;
    if (stage?.attempts.some((it) => it.attempt === target) === true) showStage(stage.stage, target);
  };
  const toPanel = (index: number) => () => setPanel(panels[index] ?? 'commands');

  useShortcuts({
    ...(live &&
      canControl && {
        s: () => document.getElementById('steer-text')?.focus(),
        r: () => setDialog('redirect'),
        X: () => setDialog('cancel-run'),
        ...(targetOf(state) !== null && { x: () => setDialog('cancel-stage') }),
      }),
    l: () => showStage(undefined),
    j: () => toStage(1),
    k: () => toStage(-1),
    '[': () => toAttempt(-1),
    ']': () => toAttempt(1),
    ...(canReadPrompt && {
      p: () => {
        if (stage !== undefined && attempt !== undefined)
          showPrompt({ stage: stage.stage, attempt: attempt.attempt });
      },
    }),
    '1': toPanel(0),
    '2': toPanel(1),
    '3': toPanel(2),
    '4': toPanel(3),
  });
}
