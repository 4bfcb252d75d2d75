import type { IncomingMessage } from 'node:http';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { AmbientIdentity } from './ambient-identity.ts';
import type { AttemptLimiter } from './attempt-limiter.ts';
import { countFailures } from './count-failures.ts';
import type { Identify, IdentifyToken, TokenMethod } from './identify.ts';
import type { Principal } from './principal.ts';
import { readToken } from './read-token.ts';

export interface IdentifyOptions {
  /** The kinds of tokens that are accepted. */
  readonly methods: readonly TokenMethod[];
  readonly limiter: AttemptLimiter;
  /** Authenticates requests without a token. @default they are rejected */
  readonly ambient?: AmbientIdentity | undefined;
  /** The address whose attempts are counted. @default that of the peer */
  readonly addressOf?: ((request: IncomingMessage) => string | undefined) | undefined;
}

/**
 * Authenticates callers by the first method that recognizes their token. A valid token is accepted however many
 * attempts from its address have failed: many callers may share the address of a proxy, and secrets of 256 bits cannot
 * be guessed. The limit makes failures cheap.
 */
export function createIdentify(options: IdentifyOptions): {
  readonly identify: Identify;
  readonly identifyToken: IdentifyToken;
} {
  const { methods, limiter, ambient, addressOf = ({ socket }) => socket.remoteAddress } = options;

  const counted = <Result>(address: string | undefined, attempt: () => Result | Promise<Result>) =>
    countFailures(limiter, address, attempt);

  function verify(token: string): Promise<Principal> {
    const method = methods.find((it) => it.recognizes(token));
    if (method === undefined) throw wireErrors.UNAUTHENTICATED.unknownToken();
    return method.authenticate(token);
  }

  const identifyToken: IdentifyToken = (token, address) => counted(address, () => verify(token));
  return {
    identifyToken,
    async identify(request, params) {
      const address = addressOf(request);
      const token = await counted(address, () => readToken(request, params));
      if (token !== undefined) {
        const principal = await identifyToken(token, address);
        await counted(address, () => ambient?.refuseOther(request, principal));
        return principal;
      }
      const principal = await counted(address, () => ambient?.identify(request, params?.['ticket']));
      if (principal !== undefined) return principal;
      // Not an attempt: every client that has no credentials yet asks like this how to authenticate.
      throw ambient?.needsTicket(request) === true
        ? wireErrors.UNAUTHENTICATED.ticketMissing()
        : wireErrors.UNAUTHENTICATED.missing();
    },
  };
}
