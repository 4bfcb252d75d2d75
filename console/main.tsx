import { createRoot } from 'react-dom/client';
import { StagewireProvider } from '@stagewire/client/react';
import { createSessionGate, SessionGateContext } from './session/session-gate.ts';
import { createShareToken, ShareTokenContext } from './session/share-token.ts';
import { lazyDeleteDialog, lazyDeleteManyDialog } from './delete/lazy-dialogs.ts';
import { lazyComparePage, lazyRunPage, lazyStartPage } from './lazy-pages.ts';
import {
  lazyFilesPanel,
  lazyFileViewer,
  lazyInspector,
  lazyPromptView,
  lazyReviewPanel,
  lazyRunResult,
  lazyUsagePanel,
} from './run/lazy-views.ts';
import { createOwnCommands, OwnCommandsContext } from './run/own-commands.ts';
import { SteerDraftsContext } from './run/steer-drafts.ts';
import { App } from './app.tsx';
import { basePath } from './shell/base-path.ts';
import { followVisibleHeight } from './shell/visible-height.ts';
import { createHighlighter, HighlighterContext } from './text/highlighter.ts';
import { loadMarkdown } from './text/prose.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/modal.css';
import './styles/frame.css';
import './styles/run-list.css';
import './styles/run.css';
import './styles/steer.css';
import './styles/stage.css';
import './styles/result.css';
import './styles/text.css';
import './styles/panels.css';
import './styles/lineage.css';
import './styles/narrow.css';
import './styles/low.css';

// Not before the first paint of all who do not need it.
const forcedColors = matchMedia('(forced-colors: active)');
const loadForcedColors = () => {
  // After an update of the server the file is gone; the page is usable without it.
  if (forcedColors.matches) import('./styles/forced-colors.css').catch(() => undefined);
};
forcedColors.addEventListener('change', loadForcedColors);
loadForcedColors();

// Absolute, since a browser resolves the relative address again below each page: /runs/icon.svg does not exist.
for (const icon of document.querySelectorAll<HTMLLinkElement>('link[rel="icon"]')) {
  icon.setAttribute('href', icon.href);
}
followVisibleHeight();
const highlighter = createHighlighter();
const shareToken = createShareToken();
const gate = createSessionGate({ basePath: basePath(), reload: () => location.reload() });
const root = document.getElementById('root');
if (root === null) throw new Error('The page has no element #root.');
createRoot(root).render(
  <StagewireProvider client={gate.client}>
    <ShareTokenContext value={shareToken}>
      <SessionGateContext value={gate}>
        <HighlighterContext value={highlighter}>
          <OwnCommandsContext value={createOwnCommands(() => sessionStorage)}>
            <SteerDraftsContext value={new Map()}>
              <App />
            </SteerDraftsContext>
          </OwnCommandsContext>
        </HighlighterContext>
      </SessionGateContext>
    </ShareTokenContext>
  </StagewireProvider>,
);

// What the first paint does not need, before it is needed: a run then opens at once, also while the server is away. On a
// slow line it must not delay the page that is shown, whose code comes first.
addEventListener('load', () => setTimeout(() => void preload(), 200));

async function preload(): Promise<void> {
  await Promise.all([lazyRunPage.preload(), lazyStartPage.preload()]);
  for (const part of [
    lazyRunResult,
    lazyInspector,
    lazyFilesPanel,
    lazyReviewPanel,
    lazyUsagePanel,
    lazyFileViewer,
    lazyPromptView,
    lazyDeleteDialog,
    lazyDeleteManyDialog,
    lazyComparePage,
  ])
    void part.preload();
  void loadMarkdown();
  highlighter.preload();
}
