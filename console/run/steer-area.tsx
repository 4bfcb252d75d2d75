import { memo } from 'react';
import type { RunState } from '@stagewire/client';
import { useOffers } from '../session/use-offers.ts';
import { useNow } from '../shell/use-now.ts';
import { CommandItem } from './command-item.tsx';
import type { ShownCommand } from './commands.ts';
import { SteerBox, type TargetCapture } from './steer-box.tsx';
import { useSteerDraft } from './steer-drafts.ts';
import { UnsentText } from './unsent-text.tsx';
import type { OwnRunCommands } from './use-own-run-commands.ts';

export interface SteerAreaProps {
  readonly state: RunState;
  readonly shown: readonly ShownCommand[];
  readonly commands: OwnRunCommands;
  readonly capture: TargetCapture;
  /** An instruction to propose; each object proposes once. */
  readonly suggestion: { readonly text: string } | undefined;
  readonly ended: boolean;
  /** Whether the command list is visible. */
  readonly areCommandsListed: boolean;
}

/** How long a settled command stays here; the command list keeps it. */
const shownForMs = 12_000;
const maxShown = 2;

/**
 * Below the text: the latest commands with their outcomes, and the steer box. While the command list is visible, only the
 * commands that wait for the user are repeated here.
 */
export const SteerArea = memo(
  function SteerArea({
    state,
    shown,
    commands,
    capture,
    suggestion,
    ended,
    areCommandsListed,
  }: SteerAreaProps) {
    const [text, setText] = useSteerDraft(state.runId);
    const offersSteer = useOffers('runs.steer', state.runId);
    return (
      <div className="steer-area">
        <Recent state={state} shown={shown} commands={commands} areCommandsListed={areCommandsListed} />
        {!ended && offersSteer ? (
          <SteerBox
            state={state}
            capture={capture}
            steer={commands.steer}
            text={text}
            onText={setText}
            suggestion={suggestion}
          />
        ) : text === '' ? null : (
          <UnsentText
            runId={state.runId}
            text={text}
            hasEnded={ended}
            isCompleted={state.status === 'completed'}
            onDiscard={() => setText('')}
          />
        )}
      </div>
    );
  },
  // Does not depend on the texts of stages.
  (one, other) =>
    one.shown === other.shown &&
    one.ended === other.ended &&
    one.areCommandsListed === other.areCommandsListed &&
    one.suggestion === other.suggestion &&
    one.commands === other.commands &&
    one.capture.captured === other.capture.captured &&
    one.capture.targetIsPast === other.capture.targetIsPast &&
    one.capture.target?.stage === other.capture.target?.stage &&
    one.state.status === other.state.status &&
    one.state.stages.length === other.state.stages.length,
);

function Recent({
  state,
  shown,
  commands,
  areCommandsListed,
}: Omit<SteerAreaProps, 'capture' | 'suggestion' | 'ended'>) {
  const now = useNow(shown.length > 0);
  const recent = shown
    .filter(({ outcome: { status }, at }) =>
      areCommandsListed ? waitsForUser(status) : !isSettled(status) || now - at < shownForMs,
    )
    .slice(-maxShown);
  if (recent.length === 0) return null;
  return (
    <ol className="commands recent" aria-label="Latest commands">
      {recent.map((it) => (
        <CommandItem
          key={it.commandId}
          shown={it}
          state={state}
          commands={commands}
          retarget={commands.retarget}
        />
      ))}
    </ol>
  );
}

function waitsForUser(status: ShownCommand['outcome']['status']): boolean {
  return status === 'refused' || status === 'unknown';
}

function isSettled(status: ShownCommand['outcome']['status']): boolean {
  return status === 'applied' || status === 'dropped';
}
