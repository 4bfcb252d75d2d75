import { createContext, useContext } from 'react';
import { connect, StagewireError } from '@stagewire/client';
import type { Identity, ServerInfo, Stagewire } from '@stagewire/client';
import { isSameCaller } from './is-same-caller.ts';

/** The session of this browser, and the client that uses it. */
export interface SessionGate {
  readonly client: Stagewire;
  /** How the server authenticates is known. */
  noteInfo(info: ServerInfo): void;
  /** The user has signed in: asks the server who it is, and lets the other tabs ask too. */
  signedIn(): Promise<void>;
  /** The user has signed out: hides everything, in the other tabs too. */
  signedOut(): void;
}

export interface SessionGateOptions {
  /** The path of the console without a trailing slash. */
  readonly basePath: string;
  readonly reload: () => void;
}

/** What every request of the console sends, and a page of another site cannot. */
export const sessionHeaders = { 'x-stagewire-csrf': '1' } as const;

/** The socket stays open without a subscription for longer than a change of pages, in milliseconds. */
const idleCloseMs = 5000;
const retryMs = 3000;

/**
 * While the user is signed out, calls and sockets of the client wait, and continue after the sign-in. If another user
 * signs in, the page is loaded again: what it shows, and what waits to be sent, belongs to the first user.
 */
export function createSessionGate({ basePath, reload }: SessionGateOptions): SessionGate {
  const auth = Promise.withResolvers<ServerInfo['auth']>();
  const channel = new BroadcastChannel(`stagewire-session${basePath}`);
  let waiting: PromiseWithResolvers<void> | undefined;
  let last: Identity | undefined;
  let isWatching = false;
  const client = connect({
    url: location.origin + basePath,
    idleCloseMs,
    headers: sessionHeaders,
    ticket: async () => ((await auth.promise).length === 0 ? undefined : await takeTicket(basePath)),
    onUnauthenticated: () => {
      waiting ??= Promise.withResolvers();
      void check();
      return waiting.promise;
    },
  });
  channel.addEventListener('message', ({ data }) => {
    if (data === 'signed-out') reload();
    else if (client.identity === null) void check();
  });

  function notifyTabs(change: 'signed-in' | 'signed-out'): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel of this origin, not a window
    channel.postMessage(change);
  }

  /** Asks who is signed in: another tab may have renewed the session already. */
  async function check(): Promise<void> {
    for (;;) {
      try {
        const { you } = await client.info();
        if (you !== null) take(you);
        return;
      } catch {
        // The server does not respond; the banner says so.
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
  }

  function take(identity: Identity | null): void {
    if (identity === null) return;
    if (last !== undefined && !isSameCaller(identity, last)) return reload();
    last = identity;
    waiting?.resolve();
    waiting = undefined;
  }

  return {
    client,
    noteInfo(info) {
      auth.resolve(info.auth);
      if (isWatching || info.auth.length === 0) return;
      isWatching = true;
      client.onIdentity(take);
      take(info.you);
      if (info.you !== null) notifyTabs('signed-in');
    },
    async signedIn() {
      await check();
      notifyTabs('signed-in');
    },
    signedOut() {
      notifyTabs('signed-out');
      reload();
    },
  };
}

/** What the route for tickets answers. */
interface TicketAnswer {
  readonly ticket?: string;
  readonly error?: { readonly message?: string };
}

/** @throws StagewireError UNAUTHENTICATED without a session, another Error if there is no answer. */
async function takeTicket(basePath: string): Promise<string> {
  const response = await fetch(`${basePath}/session/ticket`, { method: 'POST', headers: sessionHeaders });
  const { ticket, error } = (await response.json()) as TicketAnswer;
  if (ticket !== undefined) return ticket;
  const message = error?.message ?? `The server answers HTTP ${response.status}.`;
  throw response.status === 401 ? new StagewireError('UNAUTHENTICATED', message) : new Error(message);
}

export const SessionGateContext = createContext<SessionGate | undefined>(undefined);

/** The session of this browser. @throws Error without its context above. */
export function useSessionGate(): SessionGate {
  const gate = useContext(SessionGateContext);
  if (gate === undefined) throw new Error('There is no SessionGateContext above.');
  return gate;
}
