import type { IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { StagewireError } from '@stagewire/shared';
import { initTRPC } from '@trpc/server';
import { expect, onTestFinished, test } from 'vitest';
import type { Context } from '../../server/api/context.ts';
import type { Caller } from '../../server/identity/caller-identity.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { quietLogger } from '../../server/runtime/logger.ts';
import { localPrincipal } from '../../server/identity/principal.ts';
import { defaultTransportLimits } from '../../server/transport/limits.ts';
import { createTrpcWsEngine } from '../../server/transport/trpc-ws/engine.ts';
import { createAttachSocket } from '../../server/transport/trpc-ws/attach-socket.ts';
import { openMemory } from '../support/open-memory.ts';
import { createToldSocket } from '../support/scripted-socket.ts';

// What a hostile review found in the connections of their own.

const t = initTRPC.context<Context>().create();
const router = t.router({
  ok: t.procedure.query(() => 'ok'),
  refused: t.procedure.query(
    ({
      ctx: {
        identity: { caller },
      },
    }) => {
      if (caller.status === 'refused') throw caller.error;
    },
  ),
  defect: t.procedure.query(() => {
    throw new Error('a defect');
  }),
});
const accepted: Caller = { status: 'accepted', principal: localPrincipal };

function connect(options: {
  readonly caller?: Promise<Caller>;
  readonly url?: string;
  readonly hook?: () => void;
}) {
  const told = createToldSocket();
  onTestFinished(told.leave);
  const shared = { clock: systemClock, limits: defaultTransportLimits, logger: quietLogger };
  const engine = createTrpcWsEngine({
    router,
    authenticateCaller: () => options.caller ?? Promise.resolve(accepted),
    ...openMemory(systemClock),
    ...shared,
    onInternalError: () => options.hook?.(),
  });
  const request = { url: options.url ?? '/trpc', headers: {} } as unknown as IncomingMessage;
  createAttachSocket(engine, shared)(told.socket, request);
  return told;
}

const query = (id: number | string, path = 'ok') => ({ id, method: 'query', params: { path } });

// Sixty calls of 7 MB were held for a peer that was not known yet. Broken once: without `pause`, this was red.
test('nothing more is read from a peer that calls before it is known who it is', async () => {
  const welcome = Promise.withResolvers<Caller>();
  const peer = connect({ caller: welcome.promise });
  expect(peer.isPaused).toBe(false);
  peer.tell(query(1));
  expect(peer.isPaused).toBe(true);
  welcome.resolve(accepted);
  await turn();
  expect(peer.isPaused).toBe(false);
  expect(peer.said).toEqual([{ id: 1, result: { type: 'data', data: 'ok' } }]);
  peer.tell(query(2));
  expect(peer.isPaused).toBe(false);
});

// One subscription of the feed with an id of 7 MB took 2 GB with ten runs. Broken once: without the limit, red.
test('an id of more than 128 chars is refused', async () => {
  const peer = connect({});
  peer.tell(query('x'.repeat(128)));
  peer.tell(query('x'.repeat(129)));
  await turn();
  expect(peer.said).toHaveLength(2);
  expect(peer.said).toContainEqual({ id: 'x'.repeat(128), result: { type: 'data', data: 'ok' } });
  const data = expect.objectContaining({ stagewire: { code: 'INVALID_INPUT', retryable: false } }) as unknown;
  expect(peer.said).toContainEqual({ id: null, error: expect.objectContaining({ data }) as unknown });
});

// It was an unhandled rejection, which ends the process. Broken once: without the second try, red.
test('an error that is not JSON is answered as a defect of the server', async () => {
  const error = new StagewireError('FORBIDDEN', 'no', { details: { until: 1n } });
  const peer = connect({ caller: Promise.resolve({ status: 'refused', error }) });
  peer.tell(query(1, 'refused'));
  await turn();
  await turn();
  expect(peer.said).toMatchObject([{ id: 1, error: { data: { stagewire: { code: 'INTERNAL' } } } }]);
});

// So was this. Broken once: without the catch around it, red.
test('a hook for defects that fails itself takes no answer with it', async () => {
  const peer = connect({
    hook() {
      throw new Error('the hook fails too');
    },
  });
  peer.tell(query(1, 'defect'));
  await turn();
  expect(peer.said).toMatchObject([{ id: 1, error: { data: { stagewire: { code: 'INTERNAL' } } } }]);
});

test('a binary frame is no keep-alive, and says no parameters', async () => {
  const peer = connect({});
  peer.tell('PING', { isBinary: true });
  expect(peer.said).toMatchObject([{ id: null, error: {} }]);

  const stranger = connect({ url: '/trpc?connectionParams=1' });
  stranger.tell({ method: 'connectionParams', data: {} }, { isBinary: true });
  stranger.tell(query(1));
  await turn();
  expect(stranger.said).toMatchObject([{ id: null, error: {} }]);
});
