import type { CallRef } from './ws-call.ts';

/** The message of an event, in UTF-8. */
export type EventBytes = (call: CallRef, cursor: string, event: object) => Buffer;

/**
 * Messages identical to those that tRPC creates for a tracked event. An event is serialized once for all of its
 * subscribers; those with equal call ids share the same bytes.
 */
export function createEventBytes(): EventBytes {
  const last = new WeakMap<object, Message>();

  return (call, cursor, event) => {
    const known = last.get(event);
    if (known?.id === call.id && known.jsonrpc === call.jsonrpc && known.cursor === cursor)
      return known.bytes;
    const head = Buffer.from(headOf(call, cursor));
    const data = known === undefined ? Buffer.from(JSON.stringify(event)) : dataOf(known);
    const bytes = Buffer.concat([head, data, tail]);
    last.set(event, { id: call.id, jsonrpc: call.jsonrpc, cursor, bytes, dataAt: head.length });
    return bytes;
  };
}

interface Message extends CallRef {
  readonly cursor: string;
  readonly bytes: Buffer;
  /** Offset of the event in it. */
  readonly dataAt: number;
}

const tail = Buffer.from('}}}');

function headOf({ id, jsonrpc }: CallRef, cursor: string): string {
  const version = jsonrpc === undefined ? '' : '"jsonrpc":"2.0",';
  const place = JSON.stringify(cursor);
  return `{"id":${JSON.stringify(id)},${version}"result":{"type":"data","id":${place},"data":{"id":${place},"data":`;
}

function dataOf({ bytes, dataAt }: Message): Buffer {
  return bytes.subarray(dataAt, bytes.length - tail.length);
}
