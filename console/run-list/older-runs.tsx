import { useLayoutEffect, useRef, useState, type RefObject } from 'react';

export interface OlderRunsProps {
  readonly list: RefObject<HTMLUListElement | null>;
  readonly label: string;
  readonly loadOlder: () => Promise<void>;
}

/** Loads older runs into the list. */
export function OlderRuns({ list, label, loadOlder }: OlderRunsProps) {
  const button = useRef<HTMLButtonElement>(null);
  // When no older runs are left, the button disappears. Move the focus to the list, not to the top of the page.
  useLayoutEffect(() => {
    const element = button.current;
    const runs = list.current;
    return () => {
      if (element !== null && element === document.activeElement) runs?.focus({ preventScroll: true });
    };
  }, [list]);
  const [loading, setLoading] = useState(false);
  const [problem, setProblem] = useState<string>();
  const load = async () => {
    setLoading(true);
    setProblem(undefined);
    try {
      await loadOlder();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setLoading(false);
  };
  return (
    <div className="run-list-older">
      {problem === undefined ? null : (
        <p className="problems" role="alert">
          Older runs could not be loaded. {problem}
        </p>
      )}
      <button
        ref={button}
        type="button"
        className="small"
        aria-disabled={loading}
        onClick={() => {
          if (!loading) void load();
        }}
      >
        {loading ? 'Loading older runs' : label}
      </button>
    </div>
  );
}
