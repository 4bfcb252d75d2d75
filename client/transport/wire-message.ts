/**
 * Parses a message of the socket as one of tRPC's frames. Other messages must not reach tRPC's client, which throws on
 * them in the handler of the socket, where no code can catch the error.
 *
 * @throws Error with the problem.
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
  if (!isRecord(message)) throw new Error('a message that is not an object');
  if (!isFrame(message)) throw new Error('a message that is not a frame of tRPC');
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
