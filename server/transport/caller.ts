import type { IncomingMessage } from 'node:http';
import { PROTOCOL_VERSION, StagewireError } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Caller } from '../identity/caller-identity.ts';
import type { ConnectionParams, Identify } from '../identity/identify.ts';
import { localPrincipal, type Principal } from '../identity/principal.ts';
import type { Logger } from '../runtime/logger.ts';

export interface CallerOptions {
  /** @default every caller is `local` */
  readonly identify?: Identify | undefined;
  /** The hash of this server's contract. */
  readonly protocolHash: string;
  readonly logger: Logger;
  /** Called with who has sent a request. @default not called */
  readonly onIdentified?: ((request: IncomingMessage, principal: Principal) => void) | undefined;
}

/** Authenticates the caller and checks protocol compatibility. It never rejects. */
export function createAuthenticator(options: CallerOptions) {
  const { identify = () => localPrincipal, protocolHash, logger, onIdentified } = options;

  return async (request: IncomingMessage, params: ConnectionParams): Promise<Caller> => {
    const mismatch = findMismatch(params);
    if (mismatch !== undefined) {
      logger.warn(
        { client: truncated(params?.['protocol'] ?? ''), server: PROTOCOL_VERSION },
        'a client has another protocol version',
      );
      return { status: 'refused', error: mismatch };
    }
    const contract = params?.['contract'];
    if (contract !== undefined && contract !== protocolHash) {
      // Two versions at the same time are normal in a rolling deployment; the differences are additive.
      logger.info(
        { client: truncated(contract), server: protocolHash },
        'a client was built from another contract version',
      );
    }
    try {
      const principal = await identify(request, params);
      onIdentified?.(request, principal);
      return { status: 'accepted', principal };
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
  return wireErrors.PROTOCOL_MISMATCH({ server: String(PROTOCOL_VERSION), client: truncated(theirs) });
}

/** Client input, truncated for a message or a log line. */
function truncated(text: string): string {
  return text.slice(0, 80);
}
