/** What tRPC's adapter wants of an encoder. Text only: a binary frame makes the stock client throw. */
export interface TextEncoder {
  encode(message: unknown): string;
}

/**
 * An encoder whose bytes parse to what tRPC's own encoder writes, but which serializes an event once for all of its
 * followers: what differs between them is the request's id.
 *
 * It leans on two facts of tRPC 11: without a transformer the object in the message is the very one that was
 * yielded, and `experimental_encoder` may return any text. A message of another shape is serialized as usual.
 */
export function createEventEncoder(): TextEncoder {
  const texts = new WeakMap<object, string>();

  return {
    encode(message) {
      const event = eventOf(message);
      if (event === undefined) return JSON.stringify(message);
      let text = texts.get(event.data);
      if (text === undefined) {
        text = JSON.stringify(event.data);
        texts.set(event.data, text);
      }
      const cursor = JSON.stringify(event.cursor);
      const result = `{"type":"data","id":${cursor},"data":{"id":${cursor},"data":${text}}}`;
      return `{"id":${JSON.stringify(event.requestId)},"result":${result}}`;
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
