import { wireErrors } from '@stagewire/shared/wire-errors';
import { callTRPCProcedure, getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';
import type { AnyTRPCRouter, TrackedEnvelope } from '@trpc/server';
import type { Context } from '../../api/context.ts';
import { formatWireError } from '../../api/wire-error.ts';
import type { EngineSocket } from '../engine-socket.ts';
import type { TrackedEvents } from '../../delivery/tracked-events.ts';
import { createEventFrames } from './event-frames.ts';
import type { Call, CallRef, Stop } from './ws-call.ts';

/** One connection, from the view of its calls. */
export interface CallingPeer {
  readonly socket: Pick<EngineSocket, 'isOpen' | 'sendText' | 'sendFrame'>;
  /** Aborts with the socket. */
  readonly ended: AbortSignal;
  /** By the ids of their calls. */
  readonly subscriptions: Map<string | number, AbortController>;
}

export interface WsCallsOptions<Peer> {
  readonly router: AnyTRPCRouter;
  /** Called for every failed call, and for every malformed message. */
  readonly onError: (
    peer: Peer,
    event: { readonly error: TRPCError; readonly path: string | undefined },
  ) => void;
  /** Called when a call begins; returns what is called at its end. @default not called */
  readonly observe?: ((peer: Peer, call: Call) => ((error?: unknown) => void) | undefined) | undefined;
}

type Ended = ((error?: unknown) => void) | undefined;

type Events = TrackedEvents<object> | readonly TrackedEnvelope<object>[];

/** Answers the calls of all connections. */
export interface WsCalls<Peer> {
  /** Makes a call or stops a subscription, and answers every error. Resolves when the call's input is not needed any more. */
  take(peer: Peer, call: Call | Stop, context: Promise<Context>): Promise<void>;
  /** Answers a call with an error; without a call, a malformed message. */
  refuse(peer: Peer, cause: unknown, call?: Call | CallRef): void;
}

/**
 * The router in tRPC's frames, compatible with tRPC's own handler. That one races each event of a subscription against
 * the abort with some twenty promises, and keeps 12 KB per subscriber. Here an event of a run costs one call, and its frame
 * is shared by all subscribers of the run. This can be simpler because our subscriptions end when their signal aborts.
 */
export function createWsCalls<Peer extends CallingPeer>(options: WsCallsOptions<Peer>): WsCalls<Peer> {
  const { router, onError, observe } = options;
  const frameOf = createEventFrames();

  function report(peer: Peer, cause: unknown, path: string | undefined): TRPCError {
    const error = getTRPCErrorFromUnknown(cause);
    try {
      onError(peer, { error, path });
    } catch {
      // The error reporter itself failed, which is not the client's fault.
    }
    return error;
  }

  /** Never throws: what a call cannot even be refused with is a defect of ours, and must not end the process. */
  function refuse(peer: Peer, cause: unknown, call: Partial<Call> = {}): void {
    const { id = null, jsonrpc, path } = call;
    const answerWith = (failure: unknown) => {
      const error = report(peer, failure, path);
      reply(peer, { id, jsonrpc, error: formatWireError({ error, path }) });
    };
    try {
      answerWith(cause);
    } catch (defect) {
      // Its details are not JSON.
      try {
        answerWith(new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause: defect }));
      } catch {
        // It has been reported.
      }
    }
  }

  function perform({ type, path, input }: Call, ctx: Context, signal?: AbortSignal): Promise<unknown> {
    const getRawInput = () => Promise.resolve(input);
    return callTRPCProcedure({ router, path, getRawInput, ctx, type, signal, batchIndex: 0 });
  }

  async function answer(peer: Peer, call: Call, context: Promise<Context>): Promise<void> {
    const { id, jsonrpc } = call;
    const ended = observe?.(peer, call);
    try {
      const data = await perform(call, await context, peer.ended);
      reply(peer, { id, jsonrpc, result: { type: 'data', data } });
      ended?.();
    } catch (error) {
      refuse(peer, error, call);
      ended?.(error);
    }
  }

  /** Resolves when it is begun, and keeps nothing of its call's input from then on. */
  async function subscribe(peer: Peer, call: Call, context: Promise<Context>): Promise<void> {
    const { id, jsonrpc, path } = call;
    if (peer.subscriptions.has(id)) {
      const cause = wireErrors.INVALID_INPUT.callIdInUse(id);
      return refuse(peer, new TRPCError({ code: 'BAD_REQUEST', cause }), call);
    }
    const controller = new AbortController();
    const { signal } = controller;
    peer.subscriptions.set(id, controller);
    const ended = observe?.(peer, call);
    const events = await begin(peer, call, { context, signal, ended });
    if (events === undefined) peer.subscriptions.delete(id);
    else void send(peer, { id, jsonrpc, path }, { events, signal, ended });
  }

  /** The events of the subscription; `undefined` if it was rejected. */
  async function begin(
    peer: Peer,
    call: Call,
    { context, signal, ended }: { context: Promise<Context>; signal: AbortSignal; ended: Ended },
  ): Promise<Events | undefined> {
    try {
      const ctx = await context;
      if (signal.aborted || !peer.socket.isOpen) return [];
      return (await perform(call, ctx, signal)) as Events;
    } catch (error) {
      refuse(peer, error, call);
      ended?.(error);
      return undefined;
    }
  }

  async function send(
    peer: Peer,
    call: Omit<Call, 'type' | 'input'>,
    { events, signal, ended }: { events: Events; signal: AbortSignal; ended: Ended },
  ): Promise<void> {
    const { socket } = peer;
    const { id, jsonrpc, path } = call;
    try {
      if (!signal.aborted) reply(peer, { id, jsonrpc, result: { type: 'started' } });
      const sendEvent = (cursor: string, event: object) => {
        if (!signal.aborted && socket.isOpen) socket.sendFrame(frameOf(call, cursor, event));
      };
      if ('pushTo' in events) events.pushTo(sendEvent);
      for await (const [cursor, event] of events) sendEvent(cursor, event);
      ended?.();
    } catch (error) {
      ended?.(signal.aborted ? undefined : error);
      // A client that has stopped the subscription does not get its errors.
      if (signal.aborted) report(peer, error, path);
      else refuse(peer, error, call);
    }
    peer.subscriptions.delete(id);
    reply(peer, { id, jsonrpc, result: { type: 'stopped' } });
  }

  return {
    refuse,
    async take(peer, call, context) {
      if (call.type === 'stop') peer.subscriptions.get(call.id)?.abort();
      else await (call.type === 'subscription' ? subscribe : answer)(peer, call, context);
    },
  };
}

/** Messages to a closing socket are dropped: they would be queued there forever. */
function reply({ socket }: CallingPeer, message: object): void {
  if (socket.isOpen) socket.sendText(JSON.stringify(message));
}
