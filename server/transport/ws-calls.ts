import { callTRPCProcedure, getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';
import type { AnyTRPCRouter, TrackedEnvelope } from '@trpc/server';
import type { WebSocket } from 'ws';
import type { Context } from '../api/context.ts';
import { formatWireError } from '../api/wire-error.ts';
import { createEventBytes } from './event-bytes.ts';
import type { Call, Request, Stop } from './ws-call.ts';

/** One connection, as its calls see it. */
export interface CallingPeer {
  readonly socket: WebSocket;
  /** Its subscriptions, by the ids of their calls. */
  readonly subscriptions: Map<string | number, AbortController>;
}

export interface WsCallsOptions<Peer> {
  readonly router: AnyTRPCRouter;
  /** Told of every call that failed, and of every message that was none. */
  readonly onError: (
    peer: Peer,
    event: { readonly error: TRPCError; readonly path: string | undefined },
  ) => void;
}

/** Answers the calls of all connections. */
export interface WsCalls<Peer> {
  /** Makes a call, or stops a subscription. Whatever goes wrong is answered. */
  take(peer: Peer, call: Call | Stop, context: Promise<Context>): void;
  /** Answers with an error: a call, one of which no more than its id matters, or a message that was none. */
  refuse(peer: Peer, cause: unknown, call?: Call | Request): void;
}

/**
 * The router in tRPC's frames, as its own handler speaks them. That one races each event of a subscription against
 * the abort with some twenty promises, and keeps 12 KB per follower. Here an event costs one `next`, and its bytes
 * are shared by all who follow the run. This can be simpler because our subscriptions end by themselves when their
 * signal aborts.
 */
export function createWsCalls<Peer extends CallingPeer>(options: WsCallsOptions<Peer>): WsCalls<Peer> {
  const { router, onError } = options;
  const eventBytes = createEventBytes();

  function report(peer: Peer, cause: unknown, path: string | undefined): TRPCError {
    const error = getTRPCErrorFromUnknown(cause);
    onError(peer, { error, path });
    return error;
  }

  function refuse(peer: Peer, cause: unknown, call: Partial<Call> = {}): void {
    const { id = null, jsonrpc, path } = call;
    const error = report(peer, cause, path);
    say(peer, { id, jsonrpc, error: formatWireError({ error, path }) });
  }

  function perform({ type, path, input }: Call, ctx: Context, signal?: AbortSignal): Promise<unknown> {
    const getRawInput = () => Promise.resolve(input);
    return callTRPCProcedure({ router, path, getRawInput, ctx, type, signal, batchIndex: 0 });
  }

  async function answer(peer: Peer, call: Call, context: Promise<Context>): Promise<void> {
    const { id, jsonrpc } = call;
    try {
      const data = await perform(call, await context);
      say(peer, { id, jsonrpc, result: { type: 'data', data } });
    } catch (error) {
      refuse(peer, error, call);
    }
  }

  async function subscribe(peer: Peer, call: Call, context: Promise<Context>): Promise<void> {
    const { id, jsonrpc } = call;
    const { subscriptions } = peer;
    if (subscriptions.has(id)) {
      return refuse(peer, new TRPCError({ code: 'BAD_REQUEST', message: `Duplicate id ${id}` }), call);
    }
    const controller = new AbortController();
    subscriptions.set(id, controller);
    const isRefused = (await follow(peer, call, { context, signal: controller.signal })) === 'refused';
    subscriptions.delete(id);
    if (!isRefused) say(peer, { id, jsonrpc, result: { type: 'stopped' } });
  }

  async function follow(
    peer: Peer,
    call: Call,
    { context, signal }: { context: Promise<Context>; signal: AbortSignal },
  ): Promise<'refused' | 'ended'> {
    const { socket } = peer;
    const { id, jsonrpc } = call;
    const isWanted = () => !signal.aborted && isOpen(socket);
    let isRefused = true;
    try {
      const ctx = await context;
      if (!isWanted()) return 'ended';
      const events = (await perform(call, ctx, signal)) as AsyncIterable<TrackedEnvelope<object>>;
      isRefused = false;
      if (isWanted()) say(peer, { id, jsonrpc, result: { type: 'started' } });
      for await (const [cursor, event] of events) {
        if (isWanted()) socket.send(eventBytes(call, cursor, event), asText);
      }
      return 'ended';
    } catch (error) {
      // Who has stopped it does not hear how it took that.
      if (!isRefused && signal.aborted) report(peer, error, call.path);
      else refuse(peer, error, call);
      return isRefused ? 'refused' : 'ended';
    }
  }

  return {
    refuse,
    take(peer, call, context) {
      if (call.type === 'stop') peer.subscriptions.get(call.id)?.abort();
      else void (call.type === 'subscription' ? subscribe : answer)(peer, call, context);
    },
  };
}

const asText = { binary: false };

function isOpen(socket: WebSocket): boolean {
  return socket.readyState === socket.OPEN;
}

/** What is said to a socket that is closing is dropped: it would wait there for ever. */
function say({ socket }: CallingPeer, message: object): void {
  if (isOpen(socket)) socket.send(JSON.stringify(message));
}
