import { useEffect } from 'react';
import { isNarrow } from '../shell/narrow.ts';
import { isTextField } from '../shell/shortcuts.ts';

/** Escape closes the panel where it covers the stage, and moves the focus out of it. `undefined` if it is closed. */
export function usePanelEscape(close: (() => void) | undefined): void {
  useEffect(() => {
    if (close === undefined) return undefined;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || !isNarrow() || isTextField(event.target))
        return;
      // What is above the panel closes first.
      if (document.querySelector('dialog[open], .has-menu') !== null) return;
      close();
      document.querySelector<HTMLElement>('.panel-open')?.focus();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [close]);
}
