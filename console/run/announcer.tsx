import { useEffect, useRef, useState } from 'react';
import type { RunState } from '@stagewire/client';
import { isEnded } from '@stagewire/client';
import { resultText } from '../result/result-text.ts';
import { capitalized } from '../shell/labels.ts';
import { outcomeText } from './command-item.tsx';
import { titleOf, type ShownCommand } from './commands.ts';

export interface AnnouncerProps {
  readonly state: RunState;
  readonly shown: readonly ShownCommand[];
}

/** A text is announced once it has not changed for this long. */
const debounceMs = 800;

/** Announces new stages and the outcomes of this tab's commands to screen readers, in a polite live region. */
export function Announcer({ state, shown }: AnnouncerProps) {
  const [announcement, setAnnouncement] = useState('');
  const first = useRef(true);
  const stageText = stageSentence(state);
  const last = shown.findLast((it) => it.own);
  const commandText = last === undefined ? '' : `${titleOf(last.command)}: ${outcomeText(last, state)}`;

  // The initial state is not announced.
  useEffect(() => {
    if (first.current) return undefined;
    const timer = setTimeout(() => setAnnouncement(stageText), debounceMs);
    return () => clearTimeout(timer);
  }, [stageText]);
  useEffect(() => {
    if (first.current) return undefined;
    const timer = setTimeout(() => setAnnouncement(commandText), debounceMs);
    return () => clearTimeout(timer);
  }, [commandText]);
  useEffect(() => {
    first.current = false;
  }, []);

  return (
    <div className="hidden" role="status" aria-live="polite">
      {announcement}
    </div>
  );
}

function stageSentence(state: RunState): string {
  const stage = state.stages.at(-1);
  if (isEnded(state)) return `Run ${resultText(state)}`;
  if (state.status !== 'running' || stage === undefined) return `Run ${state.status}`;
  return `${capitalized(stage.role)}, stage ${stage.stage}, attempt ${stage.attempts.length}, ${stage.status}`;
}
