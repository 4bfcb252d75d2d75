import type { CallRef } from './ws-call.ts';

/** The message of an event, in UTF-8. */
export type EventBytes = (call: CallRef, cursor: string, event: object) => Buffer;

/**
 * Messages that read as those which tRPC makes of a tracked event. An event is serialized once for all of its
 * followers; those whose calls have the same id are sent the very same bytes.
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
  /** Where the event begins in it. */
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
