import { describe, expect, test } from 'vitest';
import type { TicketLimits, Tickets } from '../../server/identity/sessions/tickets.ts';

/** Tickets, and a clock that a test sets. */
export interface TicketScene {
  readonly tickets: Tickets;
  /** Milliseconds since the tickets were opened. */
  at(ms: number): void;
  /** Tickets that are stored. */
  size(): number | Promise<number>;
}

/** Tickets for WebSockets. @param open Empty ones. */
export function ticketsContract(open: (limits: TicketLimits) => TicketScene | Promise<TicketScene>): void {
  async function scene(limits: TicketLimits = {}) {
    const opened = await open(limits);
    const issue = async (holder = 'a') => (await opened.tickets.issue(holder)).ticket;
    const issueAll = async (holders: readonly string[]) => {
      const issued: string[] = [];
      for (const holder of holders) issued.push(await issue(holder));
      return issued;
    };
    return { ...opened, issue, issueAll };
  }

  describe('a ticket', () => {
    test('is valid once, for its holder, for 30 seconds', async () => {
      const { tickets, issueAll, at } = await scene();
      const [used = '', late = '', last = ''] = await issueAll(['a', 'a', 'a']);
      expect(used).toMatch(/^swt_[\w-]{43}$/);
      expect(await tickets.redeem(used, 'a')).toBe(true);
      expect(await tickets.redeem(used, 'a')).toBe(false);
      at(29_999);
      expect(await tickets.redeem(last, 'a')).toBe(true);
      at(30_000);
      expect(await tickets.redeem(late, 'a')).toBe(false);
      expect(await tickets.redeem('swt_', 'a')).toBe(false);
    });

    test('opens one connection of many that race for it', async () => {
      const { tickets, issue } = await scene();
      const ticket = await issue();
      const redeemed = await Promise.all(Array.from({ length: 20 }, () => tickets.redeem(ticket, 'a')));
      expect(redeemed.filter(Boolean)).toHaveLength(1);
    });

    test('is used up by another holder', async () => {
      const { tickets, issue } = await scene();
      const ticket = await issue();
      expect(await tickets.redeem(ticket, 'b')).toBe(false);
      expect(await tickets.redeem(ticket, 'a')).toBe(false);
    });

    test('replaces the oldest one of its session, or of the session that has the most', async () => {
      const { tickets, issue, issueAll, size } = await scene({ maxTicketsPerSession: 2, maxTickets: 4 });
      const [first = '', ...others] = await issueAll(['a', 'b', 'a', 'a', 'c']);
      expect(await tickets.redeem(first, 'a')).toBe(false);
      expect(await size()).toBe(4);
      await issue('d');
      expect(await size()).toBe(4);
      const holders = ['b', 'a', 'a', 'c'];
      const valid: boolean[] = [];
      for (const [n, ticket] of others.entries()) valid.push(await tickets.redeem(ticket, holders[n] ?? ''));
      expect(valid).toEqual([true, false, true, true]);
    });

    test('is not replaced by those of sessions that have more', async () => {
      const { tickets, issue, size } = await scene({ maxTicketsPerSession: 4, maxTickets: 12 });
      const own = await issue('own');
      // The bearers of a link, each with a session.
      for (let n = 0; n < 100; n += 1) await issue(`link ${n % 5}`);
      expect(await size()).toBe(12);
      expect(await tickets.redeem(own, 'own')).toBe(true);
    });

    test('is removed when it has expired', async () => {
      const { issue, issueAll, at, size } = await scene();
      await issueAll(Array.from({ length: 10 }, (_, n) => `holder ${n}`));
      at(30_000);
      await issue();
      expect(await size()).toBe(1);
    });
  });
}
