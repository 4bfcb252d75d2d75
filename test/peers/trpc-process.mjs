import { EventEmitter, on, once } from 'node:events';
import { initTRPC, tracked, TRPCError } from '@trpc/server';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import { givenPort, reportToBench } from './bench-child.mjs';
import { readProvider } from './provider-tokens.mjs';

// tRPC as its page on subscriptions has it: `tracked()` in an async generator over `on()`, and what was missed is
// fetched by `lastEventId` first. The page's database is an array in memory here, which costs tRPC nothing.

const answers = new Map();
const t = initTRPC.create();
const model = z.string();

const router = t.router({
  start: t.procedure.input(z.object({ model })).mutation(({ input }) => {
    const answer = {
      tokens: [],
      events: new EventEmitter().setMaxListeners(0),
      abort: new AbortController(),
    };
    answers.set(input.model, answer);
    let offset = 0;
    void readProvider(input.model, answer.abort.signal, (text) => {
      const token = { index: answer.tokens.length, offset, text };
      offset += text.length;
      answer.tokens.push(token);
      answer.events.emit('token', token);
    });
  }),
  stop: t.procedure.input(z.object({ model })).mutation(({ input }) => {
    answers.get(input.model)?.abort.abort();
  }),
  tokens: t.procedure
    .input(z.object({ model, lastEventId: z.coerce.number().nullish() }))
    .subscription(async function* ({ input, signal }) {
      const answer = answers.get(input.model);
      if (answer === undefined) throw new TRPCError({ code: 'NOT_FOUND' });
      // Listens before it fetches, so that nothing falls between the two.
      const live = on(answer.events, 'token', { signal });
      let next = (input.lastEventId ?? -1) + 1;
      for (; next < answer.tokens.length; next += 1) yield tracked(String(next), answer.tokens[next]);
      for await (const [token] of live) {
        if (token.index < next) continue;
        next = token.index + 1;
        yield tracked(String(token.index), token);
      }
    }),
});

const wss = new WebSocketServer({ port: givenPort, host: '127.0.0.1', backlog: 4096 });
const handler = applyWSSHandler({ wss, router, keepAlive: { enabled: true } });
await once(wss, 'listening');
reportToBench(wss.address().port, () => {
  handler.broadcastReconnectNotification();
  for (const socket of wss.clients) socket.terminate();
  wss.close();
});
