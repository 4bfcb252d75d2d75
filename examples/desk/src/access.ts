import { useSyncExternalStore } from 'react';
import { connect } from '@stagewire/client';

const url: string = import.meta.env.VITE_STAGEWIRE_URL ?? 'http://localhost:4600';
const storageKey = 'desk-token';

/** The server requires a key that this page does not have. */
export interface SignInRequest {
  readonly reason: string;
  readonly signIn: (token: string) => void;
  readonly cancel: () => void;
}

let request: SignInRequest | undefined;
const listeners = new Set<() => void>();

function show(next: SignInRequest | undefined): void {
  request = next;
  for (const listener of listeners) listener();
}

/** The client of the whole page. All calls and subscriptions that the server rejects wait until the user has signed in. */
export const stagewire = connect({
  url,
  // In this tab only, until it is closed.
  token: () => sessionStorage.getItem(storageKey) ?? '',
  onUnauthenticated: ({ message }) =>
    new Promise<void>((resolve, reject) => {
      show({
        reason: message,
        signIn(token) {
          sessionStorage.setItem(storageKey, token);
          show(undefined);
          resolve();
        },
        cancel() {
          show(undefined);
          reject(new Error('The user has cancelled.'));
        },
      });
    }),
});

export function useSignInRequest(): SignInRequest | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => request,
  );
}

/** Forgets the key. What the page shows belongs to that user: it is loaded again. */
export function signOut(): void {
  sessionStorage.removeItem(storageKey);
  location.reload();
}
