import { StagewireError } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { AttemptLimiter } from './attempt-limiter.ts';
import type { Identify, IdentifyToken, TokenMethod } from './identify.ts';
import type { Principal } from './principal.ts';
import { readToken } from './read-token.ts';

export interface IdentifyOptions {
  /** The kinds of tokens that are accepted. */
  readonly methods: readonly TokenMethod[];
  readonly limiter: AttemptLimiter;
}

/**
 * Authenticates callers by the first method that recognizes their token. A valid token is accepted however many
 * attempts from its address have failed: many callers may share the address of a proxy, and secrets of 256 bits cannot
 * be guessed. The limit makes failures cheap.
 */
export function createIdentify({ methods, limiter }: IdentifyOptions): {
  readonly identify: Identify;
  readonly identifyToken: IdentifyToken;
} {
  async function counted<Result>(
    address: string | undefined,
    attempt: () => Result | Promise<Result>,
  ): Promise<Result> {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StagewireError) || error.code !== 'UNAUTHENTICATED') throw error;
      const retryAfterMs = limiter.fail(address);
      throw retryAfterMs === undefined ? error : wireErrors.RATE_LIMITED.authentication(retryAfterMs);
    }
  }

  function verify(token: string): Promise<Principal> {
    const method = methods.find((it) => it.recognizes(token));
    if (method === undefined) throw wireErrors.UNAUTHENTICATED.unknownToken();
    return method.authenticate(token);
  }

  const identifyToken: IdentifyToken = (token, address) => counted(address, () => verify(token));
  return {
    identifyToken,
    async identify(request, params) {
      const address = request.socket.remoteAddress;
      const token = await counted(address, () => readToken(request, params));
      // Not an attempt: every client that has no credentials yet asks like this how to authenticate.
      if (token === undefined) throw wireErrors.UNAUTHENTICATED.missing();
      return identifyToken(token, address);
    },
  };
}
