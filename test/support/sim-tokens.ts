import { wireErrors } from '@stagewire/shared/wire-errors';
import type { CredentialSource } from '../../server/identity/identify.ts';
import type { Principal } from '../../server/identity/principal.ts';
import type { Clock } from '../../server/runtime/clock.ts';

/** What something was, from what time on. */
export type History<State> = { readonly fromMs: number; readonly state: State }[];

/** Tokens whose rights change, and that are revoked. */
export interface SimTokens {
  readonly source: CredentialSource;
  readonly changes: number;
  now(token: string): Principal | undefined;
  /** `undefined` revokes it. */
  change(token: string, state: Principal | undefined): void;
  authenticate(token: string): Promise<Principal>;
  /** Whom a connection with these tokens has been for since `sinceMs`. */
  statesOf(held: History<string>, sinceMs: number): readonly Principal[];
}

export function createSimTokens(clock: Pick<Clock, 'now'>): SimTokens {
  const tokens = new Map<string, History<Principal | undefined>>();
  let changes = 0;
  const now = (token: string) => tokens.get(token)?.at(-1)?.state;

  async function authenticate(token: string): Promise<Principal> {
    const state = now(token);
    if (state === undefined) throw wireErrors.UNAUTHENTICATED.revoked();
    return state;
  }

  function since<State>(history: History<State>, sinceMs: number): readonly State[] {
    return history
      .filter((_, index) => (history[index + 1]?.fromMs ?? Infinity) >= sinceMs)
      .map(({ state }) => state);
  }

  return {
    get changes() {
      return changes;
    },
    source: {
      kind: 'sim',
      version: async () => String(changes),
      current: (credential) => authenticate(credential.slice('sim:'.length)),
    },
    now,
    change(token, state) {
      const history = tokens.get(token) ?? [];
      tokens.set(token, history);
      history.push({ fromMs: clock.now(), state });
      changes += 1;
    },
    authenticate,
    statesOf: (held, sinceMs) =>
      since(held, sinceMs).flatMap((token) =>
        since(tokens.get(token) ?? [], sinceMs).filter((state) => state !== undefined),
      ),
  };
}
