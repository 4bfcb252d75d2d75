import { wireErrors } from '@stagewire/shared/wire-errors';
import { parseTRPCMessage } from '@trpc/server/rpc';

/** The fields of a call that its answer repeats. */
export interface CallRef {
  readonly id: string | number;
  /** Repeated if the client sent it. */
  readonly jsonrpc: '2.0' | undefined;
}

export interface Call extends CallRef {
  readonly type: 'query' | 'mutation' | 'subscription';
  readonly path: string;
  readonly input: unknown;
}

/** Stops the subscription with this id. */
export interface Stop extends CallRef {
  readonly type: 'stop';
}

/** @throws Error if it is neither, in tRPC's frames. */
export function readCall(value: unknown, maxIdChars: number): Call | Stop {
  const message = parseTRPCMessage(value, noTransformer);
  const { id, jsonrpc } = message;
  if (id === null) throw wireErrors.INVALID_INPUT.noCallId();
  if (typeof id === 'string' && id.length > maxIdChars) {
    throw wireErrors.INVALID_INPUT.callIdTooLong(maxIdChars);
  }
  if (typeof id === 'number' && Math.abs(id) > Number.MAX_SAFE_INTEGER) {
    throw wireErrors.INVALID_INPUT.callIdRounded();
  }
  if (message.method === 'subscription.stop') return { id, jsonrpc, type: 'stop' };
  const { path, input, lastEventId } = message.params;
  return { id, jsonrpc, type: message.method, path, input: withCursor(input, lastEventId) };
}

/** The cursor to resume from is a field of the input. */
function withCursor(input: unknown, lastEventId: string | undefined): unknown {
  if (lastEventId === undefined) return input;
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return { ...input, lastEventId };
  return input ?? { lastEventId };
}

/** The protocol is plain JSON. */
const identity = { serialize: (value: unknown) => value, deserialize: (value: unknown) => value };
const noTransformer = { input: identity, output: identity };
