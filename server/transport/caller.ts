import type { IncomingMessage } from 'node:http';
import { PROTOCOL_VERSION, StagewireError } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Caller } from '../api/context.ts';
import type { Principal } from '../runs/run-service.ts';
import type { Logger } from '../runtime/logger.ts';

/** What a client says of itself when it connects: `protocol`, `contract` and `client`, and later who it is. */
export type ConnectionParams = Readonly<Record<string, string | undefined>> | null;

/**
 * Says who asks, from the request and what the client said of itself.
 *
 * @throws StagewireError UNAUTHENTICATED or FORBIDDEN: each call gets it, then the connection is closed.
 */
export type Identify = (request: IncomingMessage, params: ConnectionParams) => Principal | Promise<Principal>;

export interface CallerOptions {
  /** @default everybody is `local` */
  readonly identify?: Identify | undefined;
  /** The hash of the contract that this server speaks. */
  readonly protocolHash: string;
  readonly logger: Logger;
}

/** Whoever reaches a server without authentication is one and the same: its local user. */
export const localPrincipal: Principal = { actor: { id: 'local', kind: 'anonymous' }, owner: 'local' };

/** Judges who calls, and whether in a language that this server speaks. It never rejects. */
export function createAuthenticator(options: CallerOptions) {
  const { identify = () => localPrincipal, protocolHash, logger } = options;

  return async (request: IncomingMessage, params: ConnectionParams): Promise<Caller> => {
    const mismatch = findMismatch(params);
    if (mismatch !== undefined) {
      logger.warn(
        { theirs: shown(params?.['protocol'] ?? ''), ours: PROTOCOL_VERSION },
        'a client speaks another protocol',
      );
      return { status: 'refused', error: mismatch };
    }
    const contract = params?.['contract'];
    if (contract !== undefined && contract !== protocolHash) {
      // Two versions side by side are every rolling deployment; what differs is additive.
      logger.info(
        { theirs: shown(contract), ours: protocolHash },
        'a client was built from another contract',
      );
    }
    try {
      return { status: 'accepted', principal: await identify(request, params) };
    } catch (error) {
      if (error instanceof StagewireError) return { status: 'refused', error };
      logger.error({ error }, 'could not find out who asks');
      return { status: 'refused', error: wireErrors.INTERNAL.authentication(error) };
    }
  };
}

function findMismatch(params: ConnectionParams): StagewireError | undefined {
  const theirs = params?.['protocol'];
  if (theirs === undefined || theirs === String(PROTOCOL_VERSION)) return undefined;
  return wireErrors.PROTOCOL_MISMATCH({ server: String(PROTOCOL_VERSION), client: shown(theirs) });
}

/** What a stranger sent, short enough for a message or a log line. */
function shown(text: string): string {
  return text.slice(0, 80);
}
