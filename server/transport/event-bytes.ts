import type { Request } from './ws-call.ts';

/** The message of an event, in UTF-8. */
export type EventBytes = (request: Request, cursor: string, event: object) => Buffer;

/**
 * Messages that read as those which tRPC makes of a tracked event. An event is serialized once for all of its
 * followers; those whose requests have the same id are sent the very same bytes.
 */
export function createEventBytes(): EventBytes {
  const texts = new WeakMap<object, string>();
  const messages = new WeakMap<object, Message>();

  function textOf(event: object): string {
    let text = texts.get(event);
    if (text === undefined) {
      text = JSON.stringify(event);
      texts.set(event, text);
    }
    return text;
  }

  return ({ id, jsonrpc }, cursor, event) => {
    const last = messages.get(event);
    if (last?.id === id && last.jsonrpc === jsonrpc && last.cursor === cursor) return last.bytes;
    const version = jsonrpc === undefined ? '' : '"jsonrpc":"2.0",';
    const place = JSON.stringify(cursor);
    const result = `{"type":"data","id":${place},"data":{"id":${place},"data":${textOf(event)}}}`;
    const bytes = Buffer.from(`{"id":${JSON.stringify(id)},${version}"result":${result}}`);
    messages.set(event, { id, jsonrpc, cursor, bytes });
    return bytes;
  };
}

interface Message extends Request {
  readonly cursor: string;
  readonly bytes: Buffer;
}
