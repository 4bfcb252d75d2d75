import type { Clock } from '../../runtime/clock.ts';
import { createSecretText, hashOfSecret } from './secret-text.ts';

export interface TicketLimits {
  /** How long a ticket can be used, in milliseconds. @default 30000 */
  readonly ticketMs?: number;
  /** Unused tickets of one session; one more replaces the oldest. @default 32 */
  readonly maxTicketsPerSession?: number;
  /**
   * Unused tickets of all sessions together; one more replaces the oldest of the session that has the most, so that the
   * bearers of a link cannot use up those of others. @default 10000
   */
  readonly maxTickets?: number;
}

export interface TicketsOptions extends TicketLimits {
  readonly clock: Pick<Clock, 'now'>;
  /** A source of random bytes that cannot be predicted. */
  readonly randomBytes: (count: number) => Buffer;
}

/** The limits where nothing else is set. */
export const defaultTicketLimits = {
  ticketMs: 30_000,
  maxTicketsPerSession: 32,
  maxTickets: 10_000,
} as const satisfies Required<TicketLimits>;

/**
 * One-use tickets with which a session opens a WebSocket: a page of another site can open one with the cookie, but can
 * neither send the request for a ticket nor read its answer. A page requests another one for each connection.
 */
export interface Tickets {
  /** @param holder Names the session. */
  issue(holder: string): Promise<{ readonly ticket: string; readonly expiresAtMs: number }>;
  /** Uses the ticket up, also for another holder. Resolves with whether it is valid for this holder. */
  redeem(ticket: string, holder: string): Promise<boolean>;
}

/** Tickets in memory. */
export interface MemoryTickets extends Tickets {
  readonly size: number;
}

interface Issued {
  readonly holder: string;
  readonly expiresAtMs: number;
}

export function createTickets(options: TicketsOptions): MemoryTickets {
  const { clock, randomBytes } = options;
  const { ticketMs, maxTicketsPerSession, maxTickets } = { ...defaultTicketLimits, ...options };
  /** By their hashes, the oldest first. */
  const tickets = new Map<string, Issued>();
  const byHolder = new Map<string, Set<string>>();

  function remove(hash: string, { holder }: Issued): void {
    tickets.delete(hash);
    const own = byHolder.get(holder);
    own?.delete(hash);
    if (own?.size === 0) byHolder.delete(holder);
  }

  function removeExpired(): void {
    const now = clock.now();
    for (const [hash, issued] of tickets) {
      if (issued.expiresAtMs > now) return;
      remove(hash, issued);
    }
  }

  function removeOldest(hashes: Iterable<string>): void {
    for (const hash of hashes) {
      const issued = tickets.get(hash);
      if (issued !== undefined) remove(hash, issued);
      return;
    }
  }

  /** Looks at every session, which happens only if all tickets are in use. */
  function largest(): Iterable<string> {
    let found = new Set<string>();
    for (const own of byHolder.values()) if (own.size > found.size) found = own;
    return found;
  }

  return {
    get size() {
      return tickets.size;
    },
    async issue(holder) {
      removeExpired();
      const own = byHolder.get(holder) ?? new Set();
      if (own.size >= maxTicketsPerSession) removeOldest(own);
      if (tickets.size >= maxTickets) removeOldest(largest());
      const { text, hash } = createSecretText('swt', randomBytes);
      const expiresAtMs = clock.now() + ticketMs;
      tickets.set(hash, { holder, expiresAtMs });
      byHolder.set(holder, own.add(hash));
      return { ticket: text, expiresAtMs };
    },
    async redeem(ticket, holder) {
      const hash = hashOfSecret(ticket);
      const issued = tickets.get(hash);
      if (issued === undefined) return false;
      remove(hash, issued);
      return issued.expiresAtMs > clock.now() && issued.holder === holder;
    },
  };
}
