import { useRef, useState, type FocusEvent } from 'react';
import { flushSync } from 'react-dom';
import type { ProblemOf } from './field-problem.tsx';
import type { StartDraft } from './start-draft.ts';
import { startProblems } from './start-problems.ts';

/** What is wrong with the form. A field is told about when somebody has left it, and all when they want to start. */
export function useStartProblems(draft: StartDraft, limits: Readonly<Record<string, number>>) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState(false);
  const pressed = useRef<Promise<void>>(Promise.resolve());
  const problems = startProblems(draft, limits);
  const problemOf: ProblemOf = (field) =>
    asked || (left.has(field) && field !== 'task') ? problems.get(field) : undefined;
  return {
    problemOf,
    notePress() {
      pressed.current = new Promise((resolve) => {
        const released = new AbortController();
        const done = () => {
          released.abort();
          setTimeout(resolve);
        };
        for (const end of ['pointerup', 'pointercancel'])
          window.addEventListener(end, done, { signal: released.signal });
      });
    },
    noteLeft({ target }: FocusEvent) {
      const name = target.getAttribute('name');
      if (name === null || left.has(name)) return;
      // A problem that appears while a button is being pressed moves it away from under the pointer.
      void pressed.current.then(() => setLeft((before) => new Set(before).add(name)));
    },
    /** Shows all there are and goes to the first. @returns is there any? */
    reveal(form: HTMLFormElement | null): boolean {
      if (problems.size === 0) return false;
      flushSync(() => setAsked(true));
      const first = form?.querySelector<HTMLElement>('[aria-invalid="true"]');
      const folded = first?.closest('details');
      if (folded !== null && folded !== undefined) folded.open = true;
      first?.focus();
      return true;
    },
    /** For another form: nothing of it has been seen. */
    forget() {
      setLeft(new Set());
      setAsked(false);
    },
  };
}
