import { CircleHelp, Menu, Plus, Radio } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { randomRunId } from '@stagewire/client';
import type { Identity, Labels } from '@stagewire/client';
import { useConnection, useStagewire } from '@stagewire/client/react';
import { MainPage } from './main-page.tsx';
import { everyRun, ShowLabelContext, type ListSelection } from './run-list/list-selection.ts';
import { RunList } from './run-list/run-list.tsx';
import { lazyAccountMenu, lazyLinkLine, lazySignInDialog, sessionParts } from './session/lazy-session.ts';
import { useShareToken } from './session/share-token.ts';
import { CallerContext, offersTo } from './session/use-offers.ts';
import { useSignInState, type SignInState } from './session/use-sign-in-state.ts';
import { createStartForm } from './start/start-form.ts';
import { ConnectionBanner, SignedOutBanner } from './shell/connection-banner.tsx';
import { Link } from './shell/link.tsx';
import { navigate, currentRoute, runPath, useRoute } from './shell/route.ts';
import { createServerClock, ServerClockContext, type ServerClock } from './shell/server-clock.ts';
import { ServerInfoContext, useFetchedServerInfo } from './shell/server-info.ts';
import { ShortcutHelp } from './shell/shortcut-help.tsx';
import { useShortcuts } from './shell/shortcuts.ts';
import { TransportBadge } from './shell/transport-badge.tsx';
import { ThemeToggle, useTheme } from './shell/theme-toggle.tsx';

const AccountMenu = lazyAccountMenu.Part;
const LinkLine = lazyLinkLine.Part;
const SignInDialog = lazySignInDialog.Part;

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
  const { latest, info } = useFetchedServerInfo(clock);
  const signIn = useSignInState(latest);
  const [shareToken] = useShareToken();
  const [isSignInOpen, setSignInOpen] = useState(true);
  const identity = signIn.status === 'in' ? signIn.identity : undefined;
  const hasEnded = signIn.status === 'ended' && signIn.last.link === undefined;
  const link = identity?.link;
  const caller = callerOf(signIn);
  const offersStart = offersTo(caller, 'runs.start');
  // A visitor who is not signed in, or has only a link, has no runs of their own.
  const hasList = offersTo(caller, 'runs.list') && shareToken === undefined && signIn.status !== 'out';
  useEffect(() => {
    if (!hasEnded) setSignInOpen(true);
  }, [hasEnded]);
  const isAuthOn = latest !== undefined && latest.auth.length > 0;
  useEffect(() => {
    if (isAuthOn) for (const part of sessionParts) void part.preload();
  }, [isAuthOn]);
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
    ...(offersStart && { n: () => navigate('/') }),
    t: theme.next,
    '?': () => setHelpOpen(true),
    ...(hasList && {
      '/': () => {
        setMenu(true);
        requestAnimationFrame(() => document.getElementById('run-search')?.focus());
      },
    }),
  });

  return (
    <CallerContext value={caller}>
      <ServerInfoContext value={info}>
        <ShowLabelContext value={showLabel}>
          <a className="skip" href="#main">
            Skip to content
          </a>
          <div className={`frame${menu ? ' has-menu' : ''}${hasList ? '' : ' has-no-list'}`}>
            <header className="top">
              {hasList ? (
                <button
                  type="button"
                  className="icon-button menu-button"
                  aria-label="Runs"
                  aria-expanded={menu}
                  onClick={() => setMenu(!menu)}
                >
                  <Menu size={18} aria-hidden="true" />
                </button>
              ) : null}
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
              <TransportBadge {...connection} />
              <span className="spacer" />
              {offersStart && hasList ? (
                <Link className="button small" href="/">
                  <Plus size={14} aria-hidden="true" />
                  <span className="new-run-word">New run</span>
                </Link>
              ) : null}
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
              {identity === undefined || link !== undefined ? null : <AccountMenu identity={identity} />}
            </header>
            <div role="status" className="connection-banner-place">
              {hasEnded ? (
                <SignedOutBanner onSignIn={() => setSignInOpen(true)} />
              ) : signIn.status === 'out' || signIn.status === 'ended' ? null : (
                <ConnectionBanner connection={connection} answered={latest !== undefined} />
              )}
              {link === undefined ? null : <LinkLine link={link} />}
            </div>
            {hasList ? (
              <nav className="side" aria-label="All runs">
                <RunList shown={runId} selection={selection} onSelect={select} />
              </nav>
            ) : null}
            <main id="main" tabIndex={-1}>
              <MainPage
                route={route}
                info={latest}
                signIn={signIn}
                shareToken={shareToken}
                startForm={startForm}
              />
            </main>
            {menu ? <div className="menu-shade" aria-hidden="true" onClick={() => setMenu(false)} /> : null}
          </div>
          {isHelpOpen ? <ShortcutHelp onClose={() => setHelpOpen(false)} /> : null}
          {hasEnded && isSignInOpen && latest !== undefined ? (
            <SignInDialog info={latest} onClose={() => setSignInOpen(false)} />
          ) : null}
        </ShowLabelContext>
      </ServerInfoContext>
    </CallerContext>
  );
}

function callerOf(signIn: SignInState): Identity | null | undefined {
  switch (signIn.status) {
    case 'unknown':
    case 'none':
      return undefined;
    case 'out':
      return null;
    case 'in':
      return signIn.identity;
    case 'ended':
      return signIn.last;
    default:
      return signIn satisfies never;
  }
}
