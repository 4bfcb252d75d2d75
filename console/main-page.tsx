import type { ServerInfo } from '@stagewire/client';
import {
  lazyAccountPage,
  lazyInvalidLink,
  lazyLinkOnly,
  lazyLinkPage,
  lazySignInPage,
} from './session/lazy-session.ts';
import { useOffers } from './session/use-offers.ts';
import type { SignInState } from './session/use-sign-in-state.ts';
import { CarryTextContext } from './start/carry-text.ts';
import type { StartForm } from './start/start-form.ts';
import { lazyComparePage, lazyRunPage, lazyStartPage } from './lazy-pages.ts';
import { Link } from './shell/link.tsx';
import type { Route } from './shell/route.ts';

const AccountPage = lazyAccountPage.Part;
const ComparePage = lazyComparePage.Part;
const InvalidLink = lazyInvalidLink.Part;
const LinkOnly = lazyLinkOnly.Part;
const LinkPage = lazyLinkPage.Part;
const RunPage = lazyRunPage.Part;
const SignInPage = lazySignInPage.Part;
const StartPage = lazyStartPage.Part;

export interface MainPageProps {
  readonly route: Route;
  /** The last answer of the server; `undefined` before the first one. */
  readonly info: ServerInfo | undefined;
  readonly signIn: SignInState;
  /** The token of a link that was opened, until it is exchanged. */
  readonly shareToken: string | undefined;
  readonly startForm: StartForm;
}

/** The page at the address, or what the visitor has to do before it is shown. */
export function MainPage({ route, info, signIn, shareToken, startForm }: MainPageProps) {
  const offersStart = useOffers('runs.start');
  if (shareToken !== undefined && route.page === 'run') {
    return info === undefined ? (
      <div className="page-note" aria-busy="true" />
    ) : (
      <LinkPage info={info} runId={route.runId} token={shareToken} />
    );
  }
  if (signIn.status === 'out' && info !== undefined) return <SignInPage info={info} />;
  if (signIn.status === 'ended' && signIn.last.link !== undefined) return <InvalidLink wasOpen />;
  const link = signIn.status === 'in' ? signIn.identity.link : undefined;
  if (link !== undefined && (route.page !== 'run' || route.runId !== link.runId))
    return <LinkOnly link={link} />;
  switch (route.page) {
    case 'run':
      return (
        <CarryTextContext value={startForm.carryText}>
          <RunPage key={route.runId} runId={route.runId} view={route.view} />
        </CarryTextContext>
      );
    case 'compare':
      return (
        <ComparePage key={`${route.runId} ${route.otherId}`} runId={route.runId} otherId={route.otherId} />
      );
    case 'start':
      return <StartPage form={startForm} like={route.like} from={route.from} mayStart={offersStart} />;
    case 'account':
      return signIn.status === 'none' ? (
        <NotFoundPage path="/account" />
      ) : signIn.status === 'unknown' ? null : (
        <AccountPage identity={signIn.status === 'in' ? signIn.identity : undefined} />
      );
    case 'not-found':
      return <NotFoundPage path={route.path} />;
    default:
      return route satisfies never;
  }
}

/** Shown for a URL that the console does not have. */
function NotFoundPage({ path }: { readonly path: string }) {
  const offersStart = useOffers('runs.start');
  return (
    <div className="page-note">
      <h1>Page not found</h1>
      <p>
        The console has no page <span className="mono">{path}</span>. Runs are at{' '}
        <span className="mono">/runs/run_…</span> and in the run list.
      </p>
      {offersStart ? (
        <p className="page-actions">
          <Link className="button" href="/">
            Start a new run
          </Link>
        </p>
      ) : null}
    </div>
  );
}
