import { runIdPattern } from '@stagewire/client';
import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { AttemptPlace } from '@stagewire/client';
import type { FilesAt } from '../run/attempt-places.ts';
import { basePath } from './base-path.ts';

/** Where a person is in the console; all of it stands in the address, so that a link or a reload leads back. */
export type Route =
  | {
      readonly page: 'start';
      /** The run whose input the form takes over. */
      readonly like?: string | undefined;
    }
  | { readonly page: 'run'; readonly runId: string; readonly view: RunView }
  | { readonly page: 'nowhere'; readonly path: string };

/** What of a run is looked at. Nothing: what is happening now. */
export interface RunView {
  readonly stage?: number | undefined;
  readonly attempt?: number | undefined;
  readonly panel?: Panel | undefined;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  /** Which version of the file: as it was then. Nothing: as it is now. */
  readonly at?: FilesAt | undefined;
  /** The attempt whose prompt is looked at. */
  readonly prompt?: AttemptPlace | undefined;
  /** What has changed since the version, or the prompt, before. */
  readonly changes?: true | undefined;
}

export const panels = ['commands', 'review', 'files', 'usage'] as const;
export type Panel = (typeof panels)[number];

const changed = 'stagewire:route';

export function useRoute(): Route {
  const address = useSyncExternalStore(subscribe, presentAddress);
  return useMemo(() => readRoute(address), [address]);
}

/** The route at this moment, for who does not show it. */
export function presentRoute(): Route {
  return readRoute(presentAddress());
}

/** The route behind a path with its query. */
export function readRoute(address: string): Route {
  // Put together and not resolved: an address that begins with two slashes would name another host, or none.
  const url = new URL(`http://console${address}`);
  const named = /^\/runs\/([^/]+)$/.exec(url.pathname)?.[1] ?? '';
  const runId = runIdPattern.test(named) ? named : undefined;
  const query = url.searchParams;
  if (runId === undefined && url.pathname === '/')
    return { page: 'start', like: query.get('like') ?? undefined };
  if (runId === undefined) return { page: 'nowhere', path: url.pathname };
  return {
    page: 'run',
    runId,
    view: {
      stage: ordinal(query.get('stage')),
      attempt: ordinal(query.get('attempt')),
      panel: panels.find((it) => it === query.get('panel')),
      file: query.get('file') ?? undefined,
      line: ordinal(query.get('line')),
      at: query.get('at') === 'given' ? 'given' : place(query.get('at')),
      prompt: place(query.get('prompt')),
      changes: query.has('changes') ? true : undefined,
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

/** Goes to another address. A change within one page takes the place of the present one in the history. */
export function navigate(path: string, { replace = false }: { replace?: boolean } = {}): void {
  if (path === presentAddress()) return;
  const address = basePath() + path;
  if (replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  dispatchEvent(new Event(changed));
}

/** Changes what of a run is looked at. */
export function useShow(runId: string, view: RunView): (change: RunView) => void {
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

function presentAddress(): string {
  const base = basePath();
  const path = location.pathname.startsWith(`${base}/`)
    ? location.pathname.slice(base.length)
    : location.pathname;
  return path + location.search;
}

/** `3.1`: the first attempt of stage 3. */
function place(text: string | null): AttemptPlace | undefined {
  const [stage, attempt, ...more] = (text ?? '').split('.').map(ordinal);
  return stage === undefined || attempt === undefined || more.length > 0 ? undefined : { stage, attempt };
}

function ordinal(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,6}$/.test(text) ? Number(text) : undefined;
}
