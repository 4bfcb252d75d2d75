/**
 * Reads what came over the socket: one of tRPC's frames. What is none of them must not reach tRPC's client, which
 * throws it in the handler of the socket, where nobody can catch it.
 *
 * @throws Error saying what is wrong with it.
 */
export function readWireMessage(data: unknown, maxChars: number): object {
  if (typeof data !== 'string') throw new Error('a binary message');
  if (data.length > maxChars) throw new Error(`a message of ${data.length} characters`);
  let message: unknown;
  try {
    message = JSON.parse(data);
  } catch {
    throw new Error('a message that is not JSON');
  }
  if (!isRecord(message)) throw new Error('a message that is no object');
  if (!isFrame(message)) throw new Error('a message that is no frame of tRPC');
  return message;
}

function isFrame(message: Readonly<Record<string, unknown>>): boolean {
  if ('method' in message) return typeof message['method'] === 'string';
  const { id } = message;
  if (id !== null && typeof id !== 'string' && typeof id !== 'number') return false;
  return 'error' in message ? isError(message['error']) : isResult(message['result']);
}

function isError(error: unknown): boolean {
  if (!isRecord(error) || typeof error['code'] !== 'number' || typeof error['message'] !== 'string')
    return false;
  return error['data'] === undefined || isRecord(error['data']);
}

function isResult(result: unknown): boolean {
  if (!isRecord(result)) return false;
  const { type = 'data', id } = result;
  if (type === 'started' || type === 'stopped') return true;
  return type === 'data' && (id === undefined || typeof id === 'string');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
