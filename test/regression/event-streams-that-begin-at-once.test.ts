import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createRouter } from '../../server/api/router.ts';
import { createTails } from '../../server/delivery/tails.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import { createAnswerMemoryFactory } from '../../server/transport/answer-memory.ts';
import { createHttpEndpoint } from '../../server/transport/http/http-endpoint.ts';
import { defaultTransportLimits } from '../../server/transport/limits.ts';
import { principal } from '../support/engine.ts';
import { createScriptedRuns } from '../support/scripted-runs.ts';

// Hundreds of event streams that begin at once each read their run, and send what is there, in one turn of the event loop.
// Seen red without `ready` in http-endpoint.ts: everything was sent before a turn was asked for.
test('an event stream over HTTP asks for its share of a turn before each event', async () => {
  const log = createMemoryLog({ clock: systemClock });
  const runs = createScriptedRuns(log);
  const tails = createTails(log, { clock: systemClock });
  const account = createMemoryAccount(memoryLimitsOf(100_000_000));
  const limits = defaultTransportLimits;
  const asked: (() => boolean | void)[] = [];
  const endpoint = createHttpEndpoint({
    router: createRouter({ runs, log, tails, info: () => ({}) as never, heartbeatMs: 60_000 }),
    authenticateCaller: () => Promise.resolve({ status: 'accepted', principal }),
    clock: systemClock,
    limits,
    onInternalError: (error) => {
      throw error;
    },
    account,
    createAnswerMemory: createAnswerMemoryFactory({ account, clock: systemClock, limits }),
    turns: {
      run(task) {
        asked.push(task);
        return true;
      },
      accepted: () => undefined,
    },
  });
  const runId = await runs.begin();
  const input = encodeURIComponent(JSON.stringify({ runId }));
  const server = createServer((request, response) => endpoint.answer(request, response, 'runs.events'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const leaving = new AbortController();
  const answer = await fetch(`http://127.0.0.1:${port}/?input=${input}`, { signal: leaving.signal });
  let heard = '';
  const reading = (async () => {
    for await (const chunk of answer.body ?? []) heard += Buffer.from(chunk).toString();
  })().catch(() => undefined);
  const events = () => heard.match(/"type":"run\.|"type":"stage\./g)?.length ?? 0;

  let sent = 0;
  for (let given = 0; sent < 4; given += 1) {
    await expect.poll(() => asked.length).toBe(given + 1);
    // Time in which it would send what it may not yet.
    await pause(20);
    expect(events() - sent).toBeLessThanOrEqual(given === 0 ? 0 : 1);
    sent = events();
    asked[given]?.();
  }
  leaving.abort();
  await reading;
  server.closeAllConnections();
  server.close();
});
