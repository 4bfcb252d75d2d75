import { runIdPattern } from '@stagewire/client';
import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { AttemptPlace, FilesAt, StartFrom } from '@stagewire/client';
import type { ShownVersion } from '../run/attempt-places.ts';
import { basePath } from './base-path.ts';

/** What the console shows. All of it is in the URL, so that links and reloads restore it. */
export type Route =
  | {
      readonly page: 'start';
      /** The run whose input fills the form. */
      readonly like?: string | undefined;
      /** The run that the new run starts from; its input fills the form. */
      readonly from?: StartFrom | undefined;
    }
  /** Two runs side by side. Without `otherId`, the page asks for it. */
  | { readonly page: 'compare'; readonly runId: string; readonly otherId?: string | undefined }
  | { readonly page: 'run'; readonly runId: string; readonly view: RunView }
  /** Who is signed in, and what they may do. */
  | { readonly page: 'account' }
  | { readonly page: 'not-found'; readonly path: string };

/** What is shown of a run. Empty: the current attempt, live. */
export interface RunView {
  readonly stage?: number | undefined;
  readonly attempt?: number | undefined;
  readonly panel?: Panel | undefined;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  /** The version of the file. @default the latest */
  readonly at?: ShownVersion | undefined;
  /** The attempt whose prompt is shown. */
  readonly prompt?: AttemptPlace | undefined;
  /** Show the changes since the previous prompt, or since the version `base` of the file. */
  readonly changes?: true | undefined;
  /** @default the previous version */
  readonly base?: FilesAt | undefined;
}

export const panels = ['commands', 'review', 'files', 'usage'] as const;
export type Panel = (typeof panels)[number];

const changed = 'stagewire:route';

export function useRoute(): Route {
  const address = useSyncExternalStore(subscribe, currentAddress);
  return useMemo(() => readRoute(address), [address]);
}

/** The current route, without subscribing to changes. */
export function currentRoute(): Route {
  return readRoute(currentAddress());
}

/** Parses a path with its query. */
export function readRoute(address: string): Route {
  // Concatenated, not resolved: a path that begins with two slashes would be parsed as another host.
  const url = new URL(`http://console${address}`);
  const [, named = '', other, more] =
    /^\/runs\/([^/]+)(?:\/compare(?:\/([^/]+))?())?$/.exec(url.pathname) ?? [];
  const runId = runIdPattern.test(named) ? named : undefined;
  const query = url.searchParams;
  if (url.pathname === '/')
    return { page: 'start', like: query.get('like') ?? undefined, from: startFrom(query) };
  if (url.pathname === '/account') return { page: 'account' };
  if (runId !== undefined && more !== undefined && (other === undefined || runIdPattern.test(other)))
    return { page: 'compare', runId, otherId: other };
  if (more !== undefined) return { page: 'not-found', path: url.pathname };
  if (runId === undefined) return { page: 'not-found', path: url.pathname };
  return {
    page: 'run',
    runId,
    view: {
      stage: ordinal(query.get('stage')),
      attempt: ordinal(query.get('attempt')),
      panel: panels.find((it) => it === query.get('panel')),
      file: query.get('file') ?? undefined,
      line: ordinal(query.get('line')),
      at: query.get('at') === 'live' ? 'live' : version(query.get('at')),
      prompt: place(query.get('prompt')),
      changes: query.has('changes') ? true : undefined,
      base: version(query.get('base')),
    },
  };
}

export function runPath(runId: string, view: RunView = {}): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...view })) {
    if (typeof value === 'object') query.set(key, `${value.stage}.${value.attempt}`);
    else if (value !== undefined) query.set(key, String(value));
  }
  return `/runs/${runId}${query.size === 0 ? '' : `?${query.toString()}`}`;
}

/** The URL of the start form, filled for a run that starts from another one. */
export function startFromPath({ runId, stage, attempt }: StartFrom): string {
  const query = new URLSearchParams({ from: runId });
  if (stage !== undefined) query.set('stage', String(stage));
  if (attempt !== undefined) query.set('attempt', String(attempt));
  return `/?${query.toString()}`;
}

/** The URL of two runs side by side. */
export function comparePath(runId: string, otherId?: string): string {
  return `/runs/${runId}/compare${otherId === undefined ? '' : `/${otherId}`}`;
}

/** Navigates to a path. With `replace`, the current history entry is replaced. */
export function navigate(path: string, { replace = false }: { replace?: boolean } = {}): void {
  if (path === currentAddress()) return;
  const address = basePath() + path;
  if (replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  dispatchEvent(new Event(changed));
}

/** Returns a function that changes what is shown of a run. */
export function useUpdateView(runId: string, view: RunView): (change: RunView) => void {
  return useCallback(
    (change) => navigate(runPath(runId, { ...view, ...change }), { replace: true }),
    [runId, view],
  );
}

function subscribe(listener: () => void): () => void {
  addEventListener('popstate', listener);
  addEventListener(changed, listener);
  return () => {
    removeEventListener('popstate', listener);
    removeEventListener(changed, listener);
  };
}

function currentAddress(): string {
  const base = basePath();
  const path = location.pathname.startsWith(`${base}/`)
    ? location.pathname.slice(base.length)
    : location.pathname;
  return path + location.search;
}

function startFrom(query: URLSearchParams): StartFrom | undefined {
  const runId = query.get('from');
  if (runId === null || !runIdPattern.test(runId)) return undefined;
  const stage = ordinal(query.get('stage'));
  const attempt = stage === undefined ? undefined : ordinal(query.get('attempt'));
  return { runId, ...(stage !== undefined && { stage }), ...(attempt !== undefined && { attempt }) };
}

function version(text: string | null): FilesAt | undefined {
  return text === 'given' ? 'given' : place(text);
}

/** Parses `3.1`: stage 3, attempt 1. */
function place(text: string | null): AttemptPlace | undefined {
  const [stage, attempt, ...more] = (text ?? '').split('.').map(ordinal);
  return stage === undefined || attempt === undefined || more.length > 0 ? undefined : { stage, attempt };
}

function ordinal(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,6}$/.test(text) ? Number(text) : undefined;
}
