import { createLazyPart } from '../shell/lazy-part.tsx';

/** The panels of the run, see `inspector.tsx`. */
export const lazyInspector = createLazyPart(() => import('./inspector.tsx').then((it) => it.Inspector), {
  className: 'inspector',
});

/** The list of the files of the run, see `files/files-panel.tsx`. */
export const lazyFilesPanel = createLazyPart(
  () => import('../files/file-viewer.tsx').then((it) => it.FilesPanel),
  { className: 'empty' },
);

/** The reviews of the run, see `review-panel.tsx`. */
export const lazyReviewPanel = createLazyPart(
  () => import('./review-panel.tsx').then((it) => it.ReviewPanel),
  { className: 'empty' },
);

/** The tokens and costs of the run, see `usage-panel.tsx`. */
export const lazyUsagePanel = createLazyPart(() => import('./usage-panel.tsx').then((it) => it.UsagePanel), {
  className: 'empty',
});

/** A file of the run and its versions, see `files/file-viewer.tsx`. */
export const lazyFileViewer = createLazyPart(() =>
  import('../files/file-viewer.tsx').then((it) => it.FileViewer),
);

/** The prompt of an attempt, see `prompt/prompt-view.tsx`. */
export const lazyPromptView = createLazyPart(() =>
  import('../prompt/prompt-view.tsx').then((it) => it.PromptView),
);

/** What an ended run made, see `result/run-result.tsx`. */
export const lazyRunResult = createLazyPart(
  () => import('../result/run-result.tsx').then((it) => it.RunResult),
  { className: 'run-result' },
);
