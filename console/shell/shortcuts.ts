import { useEffect, useRef } from 'react';
import { useStored } from './stored.ts';

/** All single-key shortcuts with the descriptions that `?` shows, by what they are for. */
export const shortcutGroups = [
  {
    title: 'Control',
    keys: [
      ['s', 'Steer'],
      ['r', 'Redirect'],
      ['x', 'Cancel stage'],
      ['X', 'Cancel run'],
    ],
  },
  {
    title: 'Read',
    keys: [
      ['l', 'Live, or the result'],
      ['j', 'Next stage'],
      ['k', 'Previous stage'],
      ['[', 'Previous attempt'],
      [']', 'Next attempt'],
      ['p', 'Prompt of the attempt'],
    ],
  },
  {
    title: 'Panels',
    keys: [
      ['1', 'Commands'],
      ['2', 'Review'],
      ['3', 'Files'],
      ['4', 'Usage'],
    ],
  },
  {
    title: 'Everywhere',
    keys: [
      ['n', 'New run'],
      ['/', 'Search runs'],
      ['t', 'Change theme'],
      ['?', 'Keyboard shortcuts'],
    ],
  },
] as const;

export type ShortcutKey = (typeof shortcutGroups)[number]['keys'][number][0];

const shortcutKeys: readonly ShortcutKey[] = shortcutGroups.flatMap(({ keys }) => keys.map(([key]) => key));
export type ShortcutHandlers = Partial<Record<ShortcutKey, () => void>>;

/** Single-key shortcuts can be turned off: voice input and some keyboards trigger them by accident. */
export function useShortcutsOn(): [boolean, (on: boolean) => void] {
  const [stored, store] = useStored('shortcuts');
  return [stored !== 'off', (on) => store(on ? null : 'off')];
}

/** Calls the handler of a pressed key, except in a text field or while a dialog is open. */
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
      if (isTextField(event.target) || document.querySelector('dialog[open]') !== null) return;
      const key = shortcutKeys.find((it) => it === event.key);
      const handler = key === undefined ? undefined : latest.current[key];
      if (handler === undefined) return;
      event.preventDefault();
      handler();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [on]);
}

export function isTextField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target instanceof HTMLTextAreaElement ||
      target instanceof HTMLSelectElement ||
      (target instanceof HTMLInputElement &&
        !['checkbox', 'radio', 'button', 'submit'].includes(target.type)))
  );
}
