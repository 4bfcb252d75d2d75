import { createTickets } from '../../server/identity/sessions/tickets.ts';
import { ticketsContract } from '../contract/tickets-contract.ts';

ticketsContract((limits) => {
  let now = 0;
  let count = 0;
  const tickets = createTickets({
    clock: { now: () => now },
    randomBytes: (length) => Buffer.alloc(length, (count += 1)),
    ...limits,
  });
  return { tickets, at: (ms) => void (now = ms), size: () => tickets.size };
});
