import type { ErrorCode, Identity } from '@stagewire/client';
import { basePath } from '../shell/base-path.ts';
import { sessionHeaders } from './session-gate.ts';

/** Why a sign-in has failed. */
export interface SignInRefusal {
  /** `undefined` if the answer is not of a Stagewire server, or if there is none. */
  readonly code: ErrorCode | undefined;
  readonly message: string;
  /** After how long to try again, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

export type SignInResult =
  { readonly identity: Identity } | { readonly identity?: undefined; readonly refusal: SignInRefusal };

/** Exchanges an access key, a token or the token of a link for a session, which is in a cookie. */
export async function signIn(token: string): Promise<SignInResult> {
  try {
    const response = await fetch(`${basePath()}/session`, {
      method: 'POST',
      headers: { ...sessionHeaders, 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    const body: unknown = await response.json();
    if (response.ok) return { identity: body as Identity };
    return { refusal: refusalIn(body, response.status) };
  } catch {
    const message = 'The server does not respond, or something else answers in its place.';
    return { refusal: { code: undefined, message, retryAfterMs: undefined } };
  }
}

/** Ends the session of this browser on the server. @throws Error */
export async function signOut(): Promise<void> {
  const response = await fetch(`${basePath()}/session`, { method: 'DELETE', headers: sessionHeaders });
  if (!response.ok && response.status !== 401) throw new Error(`The server answers HTTP ${response.status}.`);
}

interface RefusalBody {
  readonly error?: {
    readonly message?: string;
    readonly data?: {
      readonly stagewire?: {
        readonly code?: ErrorCode;
        readonly details?: { readonly retryAfterMs?: number };
      };
    };
  };
}

function refusalIn(body: unknown, status: number): SignInRefusal {
  const { error } = (body ?? {}) as RefusalBody;
  const { code, details } = error?.data?.stagewire ?? {};
  return {
    code,
    message: error?.message ?? `The server answers HTTP ${status}.`,
    retryAfterMs: details?.retryAfterMs,
  };
}
