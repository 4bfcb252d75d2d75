import { lazy, Suspense, type ComponentType } from 'react';

export interface LazyPart<Props extends object> {
  /** The component. Until its code is there, an empty box is shown. */
  readonly Part: ComponentType<Props>;
  /** Loads the code ahead of the first use. It never rejects. */
  readonly preload: () => Promise<void>;
}

export interface LazyPartOptions {
  /** Of the empty box, so that the layout does not move. @default a note that fills the page */
  readonly className?: string;
}

/** A part of the console whose code is a chunk of its own, so that the first paint does not wait for it. */
export function createLazyPart<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  { className = 'page-note' }: LazyPartOptions = {},
): LazyPart<Props> {
  const loadOrExplain = async (): Promise<{ default: ComponentType<Props> }> => {
    try {
      return { default: await load() };
    } catch {
      return { default: NotLoaded };
    }
  };
  const Loaded = lazy(loadOrExplain);
  return {
    Part: (props) => (
      <Suspense fallback={<div className={className} aria-busy="true" />}>
        <Loaded {...props} />
      </Suspense>
    ),
    preload: async () => void (await loadOrExplain()),
  };
}

/** The server may have been updated since this page was opened: its files have other names now. */
function NotLoaded() {
  return (
    <div className="page-note" role="alert">
      <h1>This part of the console could not be loaded</h1>
      <p>The server is unreachable, or it was updated after this page was opened.</p>
      <button type="button" className="button" onClick={() => location.reload()}>
        Reload
      </button>
    </div>
  );
}
