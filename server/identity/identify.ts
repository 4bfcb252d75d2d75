import type { IncomingMessage } from 'node:http';
import type { Principal } from './principal.ts';

/** What a client sends when it connects: `protocol`, `contract`, `client`, and an optional `token`. */
export type ConnectionParams = Readonly<Record<string, string | undefined>> | null;

/**
 * Authenticates a caller by the request and its connection parameters.
 *
 * @throws StagewireError UNAUTHENTICATED, FORBIDDEN or RATE_LIMITED: each call gets it, then the connection is closed.
 */
export type Identify = (request: IncomingMessage, params: ConnectionParams) => Principal | Promise<Principal>;

/**
 * Authenticates a connection again, by a token and the address of the peer.
 *
 * @throws StagewireError UNAUTHENTICATED or RATE_LIMITED.
 */
export type IdentifyToken = (token: string, address: string | undefined) => Promise<Principal>;

/** One kind of bearer token. */
export interface TokenMethod {
  /** Whether a text has the form of these tokens: only this method can accept it then. */
  recognizes(token: string): boolean;
  /** @throws StagewireError UNAUTHENTICATED */
  authenticate(token: string): Promise<Principal>;
}

/** Credentials that can be revoked while connections use them. */
export interface CredentialSource {
  /** The first part of `Principal.credential`. */
  readonly kind: string;
  /** Differs from the value before if any credential may have changed. */
  version(): Promise<string>;
  /**
   * The principal of a credential as it is now.
   *
   * @throws StagewireError UNAUTHENTICATED if it is not valid any more.
   */
  current(credential: string): Promise<Principal>;
}
