import { useEffect, useRef, useState } from 'react';
import type { RunState } from '@stagewire/client';
import { outcomeText } from './command-item.tsx';
import { titleOf, type ShownCommand } from './commands.ts';

export interface AnnouncerProps {
  readonly state: RunState;
  readonly shown: readonly ShownCommand[];
}

/** What changes too fast is said once, when it rests, in milliseconds. */
const restMs = 800;

/** Tells a screen reader, politely, what a seeing person notices: a stage that begins, what became of a command. */
export function Announcer({ state, shown }: AnnouncerProps) {
  const [said, setSaid] = useState('');
  const first = useRef(true);
  const stageText = stageSentence(state);
  const last = shown.findLast((it) => it.own);
  const commandText = last === undefined ? '' : `${titleOf(last.command)}: ${outcomeText(last, state)}`;

  // What was there when the page was opened is not news.
  useEffect(() => {
    if (first.current) return undefined;
    const timer = setTimeout(() => setSaid(stageText), restMs);
    return () => clearTimeout(timer);
  }, [stageText]);
  useEffect(() => {
    if (first.current) return undefined;
    const timer = setTimeout(() => setSaid(commandText), restMs);
    return () => clearTimeout(timer);
  }, [commandText]);
  useEffect(() => {
    first.current = false;
  }, []);

  return (
    <div className="hidden" role="status" aria-live="polite">
      {said}
    </div>
  );
}

function stageSentence(state: RunState): string {
  const stage = state.stages.at(-1);
  if (state.status !== 'running' || stage === undefined) return `The run is ${state.status}`;
  return `${stage.role}, stage ${stage.stage}, attempt ${stage.attempts.length}, ${stage.status}`;
}
