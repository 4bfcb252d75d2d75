import type { IncomingMessage } from 'node:http';
import type { Logger } from '../runtime/logger.ts';

export interface RejectionLogOptions {
  readonly logger: Logger;
  /** Distinct rejections that are logged, each once. @default 32 */
  readonly maxLogged?: number;
}

/** Logged characters of a client's header. */
const maxShownChars = 200;

/**
 * Logs once which requests the admission rejects, and why. A user who opens the console by an unknown host name
 * sees little; the operator finds the name to add here. Limited, since clients choose the content.
 */
export function createRejectionLog({ logger, maxLogged = 32 }: RejectionLogOptions) {
  const logged = new Set<string>();
  return (request: IncomingMessage, reason: string): void => {
    const host = truncated(request.headers.host);
    const origin = truncated(request.headers.origin);
    const key = JSON.stringify([host, origin]);
    if (logged.size >= maxLogged || logged.has(key)) return;
    logged.add(key);
    logger.warn(
      { host, origin, reason: truncated(reason) },
      'rejected a request; identical ones are not logged again',
    );
  };
}

function truncated(text: string | undefined): string | undefined {
  return text?.slice(0, maxShownChars);
}
