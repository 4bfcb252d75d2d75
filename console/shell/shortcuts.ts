import { useEffect, useRef } from 'react';
import { useStored } from './stored.ts';

/** What a key does here; its words are the documentation that `?` shows. */
export const shortcuts = [
  ['s', 'Steer: go to the instruction'],
  ['r', 'Redirect to another role'],
  ['x', 'Cancel the stage'],
  ['X', 'Cancel the run'],
  ['l', 'Go to what is happening now'],
  ['j', 'Next stage'],
  ['k', 'Previous stage'],
  ['[', 'Earlier attempt'],
  [']', 'Later attempt'],
  ['p', 'The prompt of the attempt'],
  ['1', 'Commands'],
  ['2', 'Review'],
  ['3', 'Files'],
  ['4', 'Usage'],
  ['n', 'New run'],
  ['/', 'Search the runs'],
  ['t', 'Change the theme'],
  ['?', 'Show these keys'],
] as const;

export type ShortcutKey = (typeof shortcuts)[number][0];
export type ShortcutHandlers = Partial<Record<ShortcutKey, () => void>>;

/** Single keys may be switched off: voice input and some keyboards press them by accident. */
export function useShortcutsOn(): [boolean, (on: boolean) => void] {
  const [stored, store] = useStored('shortcuts');
  return [stored !== 'off', (on) => store(on ? null : 'off')];
}

/** Calls what belongs to a key, unless somebody is writing or a dialog is open. */
export function useShortcuts(handlers: ShortcutHandlers): void {
  const [on] = useShortcutsOn();
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    if (!on) return undefined;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isWriting(event.target) || document.querySelector('dialog[open]') !== null) return;
      const key = shortcuts.find(([it]) => it === event.key)?.[0];
      const handler = key === undefined ? undefined : latest.current[key];
      if (handler === undefined) return;
      event.preventDefault();
      handler();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [on]);
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target instanceof HTMLTextAreaElement ||
      target instanceof HTMLSelectElement ||
      (target instanceof HTMLInputElement &&
        !['checkbox', 'radio', 'button', 'submit'].includes(target.type)))
  );
}
