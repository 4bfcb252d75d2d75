import { createSecretText, hashOfSecret } from '../../identity/sessions/secret-text.ts';
import { defaultTicketLimits, type Tickets, type TicketsOptions } from '../../identity/sessions/tickets.ts';
import type { Queries } from '../../log/postgres/session.ts';

export interface PostgresTicketsOptions extends TicketsOptions {
  readonly queries: Queries;
}

/**
 * Tickets in the database that all nodes share: used once at one of them. Their limits apply to all nodes together. All
 * methods throw LogUnavailable.
 */
export function createPostgresTickets(options: PostgresTicketsOptions): Tickets {
  const { queries, clock, randomBytes } = options;
  const { ticketMs, maxTicketsPerSession, maxTickets } = { ...defaultTicketLimits, ...options };

  return {
    async issue(holder) {
      const { text, hash } = createSecretText('swt', randomBytes);
      const now = clock.now();
      const expiresAtMs = now + ticketMs;
      await queries.query({
        name: 'add-ticket',
        text: 'SELECT add_ticket_1($1, $2, $3, $4, $5, $6)',
        values: [hash, holder, now, expiresAtMs, maxTicketsPerSession, maxTickets],
      });
      return { ticket: text, expiresAtMs };
    },
    async redeem(ticket, holder) {
      // Not repeated if its response is lost: then the caller gets a retryable error, and needs another ticket.
      const [row] = await queries.query({
        name: 'redeem-ticket',
        text: 'DELETE FROM tickets WHERE hash = $1 RETURNING holder, expires_at_ms',
        values: [hashOfSecret(ticket)],
      });
      return row !== undefined && row['holder'] === holder && Number(row['expires_at_ms']) > clock.now();
    },
  };
}
