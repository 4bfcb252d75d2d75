import { createLazyPart } from '../shell/lazy-part.tsx';

/** The page of a visitor who is not signed in, see `sign-in-page.tsx`. */
export const lazySignInPage = createLazyPart(() => import('./sign-in-page.tsx').then((it) => it.SignInPage));

/** Signs in over an open page, see `sign-in-dialog.tsx`. */
export const lazySignInDialog = createLazyPart(
  () => import('./sign-in-dialog.tsx').then((it) => it.SignInDialog),
  { className: 'hidden' },
);

/** The user's name in the header, and a menu, see `account-menu.tsx`. */
export const lazyAccountMenu = createLazyPart(
  () => import('./account-menu.tsx').then((it) => it.AccountMenu),
  { className: 'hidden' },
);

/** The page of the account, see `account-page.tsx`. */
export const lazyAccountPage = createLazyPart(() =>
  import('./account-page.tsx').then((it) => it.AccountPage),
);

/** Exchanges a link to a run for a session, see `link-page.tsx`. */
export const lazyLinkPage = createLazyPart(() => import('./link-page.tsx').then((it) => it.LinkPage));

/** Instead of a run whose link has ended, see `invalid-link.tsx`. */
export const lazyInvalidLink = createLazyPart(() =>
  import('./invalid-link.tsx').then((it) => it.InvalidLink),
);

/** What the link permits, above its run, see `link-line.tsx`. */
export const lazyLinkLine = createLazyPart(() => import('./link-line.tsx').then((it) => it.LinkLine), {
  className: 'hidden',
});

/** Instead of a page that a link does not permit, see `link-only.tsx`. */
export const lazyLinkOnly = createLazyPart(() => import('./link-only.tsx').then((it) => it.LinkOnly));

/** Whose runs the list shows, see `owner-filter.tsx`. */
export const lazyOwnerFilter = createLazyPart(
  () => import('./owner-filter.tsx').then((it) => it.OwnerFilter),
  { className: 'hidden' },
);

/** The limits of the owner that a start is near to, see `quotas-section.tsx`. */
export const lazyQuotaNote = createLazyPart(() => import('./quotas-section.tsx').then((it) => it.QuotaNote), {
  className: 'hidden',
});

/** The links to a run, see `share/share-dialog.tsx`. */
export const lazyShareDialog = createLazyPart(
  () => import('../share/share-dialog.tsx').then((it) => it.ShareDialog),
  { className: 'hidden' },
);

/** What the page needs when the session ends while the server cannot be reached. */
export const sessionParts = [lazySignInDialog, lazyAccountMenu, lazyShareDialog] as const;
