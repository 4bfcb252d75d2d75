import { createLazyPart } from './shell/lazy-part.tsx';

/** The page of a run, see `run/run-page.tsx`. */
export const lazyRunPage = createLazyPart(() => import('./run/run-page.tsx').then((it) => it.RunPage));

/** The page that starts runs, see `start/start-page.tsx`. */
export const lazyStartPage = createLazyPart(() =>
  import('./start/start-page.tsx').then((it) => it.StartPage),
);

/** Two runs side by side, see `compare/compare-page.tsx`. */
export const lazyComparePage = createLazyPart(() =>
  import('./compare/compare-page.tsx').then((it) => it.ComparePage),
);
