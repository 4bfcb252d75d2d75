import { useRef, useState, type FocusEvent } from 'react';
import { flushSync } from 'react-dom';
import type { ProblemOf } from './field-problem.tsx';
import type { StartDraft } from './start-draft.ts';
import { startProblems } from './start-problems.ts';
import { openRefusals, type StartRefusal } from './start-refusal.ts';

/**
 * The errors of the form. A field shows its error after it has lost the focus; all do after an attempt to start. What the
 * server rejected is shown at once, until the field changes.
 */
export function useStartProblems(
  draft: StartDraft,
  limits: Readonly<Record<string, number>>,
  refusal: StartRefusal | undefined,
) {
  const [visited, setVisited] = useState<ReadonlySet<string>>(new Set());
  const [isSubmitted, setSubmitted] = useState(false);
  const pressed = useRef<Promise<void>>(Promise.resolve());
  const problems = startProblems(draft, limits);
  const refused = openRefusals(refusal, draft);
  const problemOf: ProblemOf = (field) =>
    (isSubmitted || (visited.has(field) && field !== 'task') ? problems.get(field) : undefined) ??
    refused.get(field);
  return {
    hasRefusals: refused.size > 0,
    problemOf,
    trackPress() {
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
    markVisited({ target }: FocusEvent) {
      const name = target.getAttribute('name');
      if (name === null || visited.has(name)) return;
      // Delayed: an error that appears while a button is pressed would move the button away from the pointer.
      void pressed.current.then(() => setVisited((before) => new Set(before).add(name)));
    },
    /** Shows all errors and focuses the first invalid field. @returns whether there are any. */
    reveal(form: HTMLFormElement | null): boolean {
      if (problems.size === 0) return false;
      flushSync(() => setSubmitted(true));
      focusFirstProblem(form);
      return true;
    },
    /** Hides all errors, for another draft. */
    reset() {
      setVisited(new Set());
      setSubmitted(false);
    },
  };
}

/** Focuses the first invalid field, and expands its section. */
export function focusFirstProblem(form: HTMLFormElement | null): void {
  const first = form?.querySelector<HTMLElement>('[aria-invalid="true"], [data-invalid]');
  const section = first?.closest('details');
  if (section !== null && section !== undefined) section.open = true;
  first?.focus();
}
