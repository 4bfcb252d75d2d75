import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import type { LegacyFrame, LegacyStreams } from '../../server/legacy/legacy-streams.ts';
import { defaultTransportLimits } from '../../server/transport/limits.ts';
import { createLegacyRoutes } from '../../server/legacy/legacy-routes.ts';
import { startApiServer } from '../support/api-server.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { openRequest, rawRequest } from '../support/raw-request.ts';
import { openMemory } from '../support/open-memory.ts';
import { startServerProcess } from '../support/server-process.ts';

const stream = '/api/stream/events/run_legacy-routes';
const step: LegacyFrame = { cursor: '1-1-00000000', events: [{ event: 'heartbeat', data: {} }] };

async function* quiet(): AsyncGenerator<LegacyFrame, void, void> {
  yield step;
  await new Promise(() => undefined);
}

// A reader that left while its stream was looked up left a timer behind that set itself again for ever.
test('a reader that leaves before its stream begins leaves no timer behind', async () => {
  const clock = createFakeClock();
  const asked = Promise.withResolvers<AbortSignal>();
  const found = Promise.withResolvers<void>();
  await using api = await startRoutes(clock, {
    events: async (_wanted, { signal }) => {
      asked.resolve(signal);
      await found.promise;
      return quiet();
    },
  });
  const socket = connect(api.port, '127.0.0.1');
  socket.write(`GET ${stream} HTTP/1.1\r\nHost: 127.0.0.1:${api.port}\r\n\r\n`);
  const signal = await asked.promise;
  socket.destroy();
  await once(signal, 'abort');
  found.resolve();
  await clock.runTurns();
  expect(clock.pendingTimers).toBe(0);
});

// It was told to have been logged, and was not.
test('a defect is reported, before a stream and in the middle of one', async () => {
  const clock = createFakeClock();
  const defects: unknown[] = [];
  const defect = new Error('a defect');
  let isBroken = true;
  async function* broken(): AsyncGenerator<LegacyFrame, void, void> {
    yield step;
    throw defect;
  }
  const events: LegacyStreams['events'] = () => {
    if (isBroken) throw defect;
    return Promise.resolve(broken());
  };
  await using api = await startRoutes(clock, { events }, defects);
  expect(await rawRequest(api.port, { path: stream })).toMatchObject({ status: 500 });
  expect(defects).toEqual([defect]);

  isBroken = false;
  await expect(rawRequest(api.port, { path: stream })).rejects.toThrow(/aborted|hang up/);
  expect(defects).toEqual([defect, defect]);
});

// They were not among the streams that are cut: every stop with one open took the whole grace, or came too late.
test('an open stream does not hold up the closing', async () => {
  const api = await startRoutes(createFakeClock(), { events: () => Promise.resolve(quiet()) });
  const reader = await openRequest(api.port, { path: stream });
  const cut = once(reader.resume(), 'error');
  const before = performance.now();
  await api[Symbol.asyncDispose]();
  expect(performance.now() - before, 'timing: until the answer').toBeLessThan(1500);
  expect((await cut)[0]).toMatchObject({ code: 'ECONNRESET' });
});

test('a stream asked for without its body is refused instead of hanging', async () => {
  await using api = await startRoutes(createFakeClock(), { events: () => Promise.resolve(quiet()) });
  expect(await rawRequest(api.port, { method: 'HEAD', path: stream })).toMatchObject({ status: 404 });
});

// Indented, 190 KB of lists in lists are more than half a gigabyte; and what is nested deeply was a defect.
test.each([
  { what: 'wide', depth: 3000, items: '1,'.repeat(90_000), status: 200 },
  { what: 'deep', depth: 200_000, items: '', status: 400 },
])('a context of lists in lists costs no more than its own size: $what', async ({ depth, items, status }) => {
  await using server = await startServerProcess();
  const context = `{"a":${'['.repeat(depth)}${items}1${']'.repeat(depth)}}`;
  const body = `{"task":"x","context":${context}}`;
  const response = await fetch(`${server.url}/api/stream/task`, { method: 'POST', body });
  expect({ status: response.status, body: await response.text() }).toMatchObject({ status });
});

function startRoutes(
  clock: ReturnType<typeof createFakeClock>,
  streams: Pick<LegacyStreams, 'events'>,
  defects: unknown[] = [],
) {
  const start: LegacyStreams['start'] = () => Promise.reject(new Error('no run is started here'));
  return startApiServer({
    addRoutes: createLegacyRoutes({
      streams: { start, ...streams },
      clock,
      account: openMemory(clock).account,
      limits: { ...defaultTransportLimits, maxMessageBytes: 1000, freeMessageBytes: 1000 },
      onInternalError: (error) => defects.push(error),
    }),
  });
}
