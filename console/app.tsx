import { CircleHelp, Menu, Plus, Radio } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { randomRunId } from '@stagewire/client';
import type { Labels } from '@stagewire/client';
import { useConnection, useStagewire } from '@stagewire/client/react';
import { lazyComparePage, lazyRunPage, lazyStartPage } from './lazy-pages.ts';
import { everyRun, ShowLabelContext, type ListSelection } from './run-list/list-selection.ts';
import { RunList } from './run-list/run-list.tsx';
import { CarryTextContext } from './start/carry-text.ts';
import { createStartForm } from './start/start-form.ts';
import { ConnectionBanner } from './shell/connection-banner.tsx';
import { Link } from './shell/link.tsx';
import { navigate, currentRoute, runPath, useRoute } from './shell/route.ts';
import { createServerClock, ServerClockContext, type ServerClock } from './shell/server-clock.ts';
import { ServerInfoContext, useFetchedServerInfo } from './shell/server-info.ts';
import { ShortcutHelp } from './shell/shortcut-help.tsx';
import { useShortcuts } from './shell/shortcuts.ts';
import { ThemeToggle, useTheme } from './shell/theme-toggle.tsx';

const ComparePage = lazyComparePage.Part;
const RunPage = lazyRunPage.Part;
const StartPage = lazyStartPage.Part;

/** The console, with the server's clock. */
export function App() {
  const [clock] = useState(() =>
    createServerClock({ now: () => Date.now(), elapsedMs: () => performance.now() }),
  );
  return (
    <ServerClockContext value={clock}>
      <Frame clock={clock} />
    </ServerClockContext>
  );
}

/** The frame of every page: run list, connection banner, shortcuts and theme. */
function Frame({ clock }: { readonly clock: ServerClock }) {
  const route = useRoute();
  const stagewire = useStagewire();
  const info = useFetchedServerInfo(clock);
  const connection = useConnection();
  const theme = useTheme();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [menu, setMenu] = useState(false);
  const [selection, setSelection] = useState<ListSelection>(everyRun);
  const select = useCallback(
    (change: Partial<ListSelection>) => setSelection((now) => ({ ...now, ...change })),
    [],
  );
  const showLabel = useCallback((labels: Labels) => {
    setSelection({ ...everyRun, labels });
    setMenu(true);
  }, []);
  // Kept here, so that the form survives a visit to another page.
  const [startForm] = useState(() =>
    createStartForm({
      start: (input) => stagewire.start(input),
      newRunId: () => randomRunId(Date.now()),
      isShown: () => currentRoute().page === 'start',
      goTo: (started) => navigate(runPath(started)),
    }),
  );
  const runId = route.page === 'run' || route.page === 'compare' ? route.runId : undefined;

  const opened = useRef(false);
  useEffect(() => {
    setMenu(false);
    // After a navigation the focus starts at the new page; the focused element may be gone.
    if (opened.current) document.getElementById('main')?.focus();
    opened.current = true;
    if (runId === undefined) document.title = 'Stagewire';
  }, [runId, route.page]);
  useEffect(() => {
    if (!menu) return undefined;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && document.querySelector('dialog[open]') === null) setMenu(false);
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [menu]);
  useShortcuts({
    n: () => navigate('/'),
    t: theme.next,
    '?': () => setHelpOpen(true),
    '/': () => {
      setMenu(true);
      requestAnimationFrame(() => document.getElementById('run-search')?.focus());
    },
  });

  return (
    <ServerInfoContext value={info}>
      <ShowLabelContext value={showLabel}>
        <a className="skip" href="#main">
          Skip to content
        </a>
        <div className={`frame${menu ? ' has-menu' : ''}`}>
          <header className="top">
            <button
              type="button"
              className="icon-button menu-button"
              aria-label="Runs"
              aria-expanded={menu}
              onClick={() => setMenu(!menu)}
            >
              <Menu size={18} aria-hidden="true" />
            </button>
            <Link className="brand" href="/">
              <Radio size={17} aria-hidden="true" />
              Stagewire
            </Link>
            {info === undefined || info.realModel ? null : (
              <span
                className="badge is-rehearsal"
                title="The default model is rehearsal, the built-in simulated model"
              >
                Rehearsal
              </span>
            )}
            <span className="spacer" />
            <Link className="button small" href="/">
              <Plus size={14} aria-hidden="true" />
              <span className="new-run-word">New run</span>
            </Link>
            <ThemeToggle {...theme} />
            <button
              type="button"
              className="icon-button"
              aria-label="Keyboard shortcuts"
              title="Keyboard shortcuts (?)"
              onClick={() => setHelpOpen(true)}
            >
              <CircleHelp size={16} aria-hidden="true" />
            </button>
          </header>
          <ConnectionBanner connection={connection} answered={info !== undefined} />
          <nav className="side" aria-label="All runs">
            <RunList shown={runId} selection={selection} onSelect={select} />
          </nav>
          <main id="main" tabIndex={-1}>
            {route.page === 'run' ? (
              <CarryTextContext value={startForm.carryText}>
                <RunPage key={route.runId} runId={route.runId} view={route.view} />
              </CarryTextContext>
            ) : route.page === 'compare' ? (
              <ComparePage
                key={`${route.runId} ${route.otherId}`}
                runId={route.runId}
                otherId={route.otherId}
              />
            ) : route.page === 'start' ? (
              <StartPage form={startForm} like={route.like} from={route.from} />
            ) : (
              <NotFoundPage path={route.path} />
            )}
          </main>
          {menu ? <div className="menu-shade" aria-hidden="true" onClick={() => setMenu(false)} /> : null}
        </div>
        {isHelpOpen ? <ShortcutHelp onClose={() => setHelpOpen(false)} /> : null}
      </ShowLabelContext>
    </ServerInfoContext>
  );
}

/** Shown for a URL that the console does not have. */
function NotFoundPage({ path }: { readonly path: string }) {
  return (
    <div className="page-note">
      <h1>Page not found</h1>
      <p>
        The console has no page <span className="mono">{path}</span>. Runs are at{' '}
        <span className="mono">/runs/run_…</span> and in the run list.
      </p>
      <p>
        <Link href="/">Start a new run</Link>
      </p>
    </div>
  );
}
