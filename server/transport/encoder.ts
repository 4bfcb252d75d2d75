/** What tRPC's adapter wants of an encoder. Text only: a binary frame makes the stock client throw. */
export interface TextEncoder {
  encode(message: unknown): string;
}

/** Encodes what tRPC sends, and events that go past it. */
export interface EventEncoder extends TextEncoder {
  /** When the message with this very event is encoded, `heard` is told the id of the request that it answers. */
  awaitRequestId(event: object, heard: (requestId: string | number) => void): void;
  /** The message of an event, in UTF-8; the same bytes for all followers whose requests have the same id. */
  eventMessage(requestId: string | number, cursor: string, event: object): Buffer;
}

/**
 * An encoder whose bytes parse to what tRPC's own encoder writes, but which serializes an event once for all of its
 * followers: what differs between them is the request's id.
 *
 * It leans on two facts of tRPC 11: without a transformer the object in the message is the very one that was
 * yielded, and `experimental_encoder` may return any text. A message of another shape is serialized as usual.
 */
export function createEventEncoder(): EventEncoder {
  const texts = new WeakMap<object, string>();
  const messages = new WeakMap<object, { readonly event: EventMessage; readonly bytes: Buffer }>();
  const awaited = new WeakMap<object, (requestId: string | number) => void>();

  function textOf({ requestId, cursor, data }: EventMessage): string {
    let text = texts.get(data);
    if (text === undefined) {
      text = JSON.stringify(data);
      texts.set(data, text);
    }
    const id = JSON.stringify(cursor);
    const result = `{"type":"data","id":${id},"data":{"id":${id},"data":${text}}}`;
    return `{"id":${JSON.stringify(requestId)},"result":${result}}`;
  }

  return {
    encode(message) {
      const event = eventOf(message);
      if (event === undefined) return JSON.stringify(message);
      awaited.get(event.data)?.(event.requestId);
      return textOf(event);
    },
    awaitRequestId: (event, heard) => void awaited.set(event, heard),
    eventMessage(requestId, cursor, data) {
      const known = messages.get(data);
      if (known?.event.requestId === requestId && known.event.cursor === cursor) return known.bytes;
      const event = { requestId, cursor, data };
      const bytes = Buffer.from(textOf(event));
      messages.set(data, { event, bytes });
      return bytes;
    },
  };
}

interface EventMessage {
  readonly requestId: string | number;
  readonly cursor: string;
  readonly data: object;
}

/** The event in a message of exactly the shape that a tracked one has; `undefined` for any other message. */
function eventOf(message: unknown): EventMessage | undefined {
  if (!isRecord(message) || !hasOnly(message, messageKeys) || message['jsonrpc'] !== undefined)
    return undefined;
  const { id: requestId, result } = message;
  if (typeof requestId !== 'string' && !Number.isSafeInteger(requestId)) return undefined;
  if (!isRecord(result) || !hasOnly(result, resultKeys) || result['type'] !== 'data') return undefined;
  const { id: cursor, data: envelope } = result;
  if (typeof cursor !== 'string' || !isRecord(envelope) || !hasOnly(envelope, envelopeKeys)) return undefined;
  const { data } = envelope;
  if (envelope['id'] !== cursor || typeof data !== 'object' || data === null) return undefined;
  return { requestId: requestId as string | number, cursor, data };
}

const messageKeys: ReadonlySet<string> = new Set(['id', 'jsonrpc', 'result']);
const resultKeys: ReadonlySet<string> = new Set(['type', 'id', 'data']);
const envelopeKeys: ReadonlySet<string> = new Set(['id', 'data']);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasOnly(record: Record<string, unknown>, keys: ReadonlySet<string>): boolean {
  for (const key in record) if (!keys.has(key)) return false;
  return true;
}
