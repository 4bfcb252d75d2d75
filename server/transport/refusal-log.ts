import type { IncomingMessage } from 'node:http';
import type { Logger } from '../runtime/logger.ts';

export interface RefusalLogOptions {
  readonly logger: Logger;
  /** So many different refusals are logged, each once. @default 32 */
  readonly maxRefusals?: number;
}

/** What of a stranger's header is logged, in characters. */
const maxShownChars = 200;

/**
 * Logs once who is refused at the door and why. Whoever opens the console by a name that the server does not know sees
 * little; whoever runs the server finds the name to add here. Bounded, since strangers choose what is in it.
 */
export function createRefusalLog({ logger, maxRefusals = 32 }: RefusalLogOptions) {
  const logged = new Set<string>();
  return (request: IncomingMessage, reason: string): void => {
    const host = shown(request.headers.host);
    const origin = shown(request.headers.origin);
    const key = JSON.stringify([host, origin]);
    if (logged.size >= maxRefusals || logged.has(key)) return;
    logged.add(key);
    logger.warn({ host, origin, reason: shown(reason) }, 'refused a request; the same is not logged again');
  };
}

function shown(text: string | undefined): string | undefined {
  return text?.slice(0, maxShownChars);
}
