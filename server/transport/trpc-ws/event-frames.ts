import { payloadOf, textFrameOf, type TextFrame } from '../text-frame.ts';
import type { CallRef } from './ws-call.ts';

/** The message of an event. */
export type EventFrames = (call: CallRef, cursor: string, event: object) => TextFrame;

/**
 * Messages identical to those that tRPC creates for a tracked event. An event is serialized once for all of its
 * subscribers; those with equal call ids share the frame.
 */
export function createEventFrames(): EventFrames {
  const last = new WeakMap<object, Message>();

  return (call, cursor, event) => {
    const known = last.get(event);
    if (known?.id === call.id && known.jsonrpc === call.jsonrpc && known.cursor === cursor)
      return known.frame;
    const head = Buffer.from(headOf(call, cursor));
    const data = known === undefined ? Buffer.from(JSON.stringify(event)) : dataOf(known);
    const frame = textFrameOf([head, data, tail]);
    last.set(event, { id: call.id, jsonrpc: call.jsonrpc, cursor, frame, dataAt: head.length });
    return frame;
  };
}

interface Message extends CallRef {
  readonly cursor: string;
  readonly frame: TextFrame;
  /** Offset of the event in the payload. */
  readonly dataAt: number;
}

const tail = Buffer.from('}}}');

function headOf({ id, jsonrpc }: CallRef, cursor: string): string {
  const version = jsonrpc === undefined ? '' : '"jsonrpc":"2.0",';
  const place = JSON.stringify(cursor);
  return `{"id":${JSON.stringify(id)},${version}"result":{"type":"data","id":${place},"data":{"id":${place},"data":`;
}

function dataOf({ frame, dataAt }: Message): Buffer {
  const payload = payloadOf(frame);
  return payload.subarray(dataAt, payload.length - tail.length);
}
