import { isRecord } from './error-body.ts';

/**
 * The error in an event of a stream, in any known shape: an SSE event named `error`, `{error}`, the error object
 * itself (vLLM), FastAPI's `{detail}`; `undefined` if the event contains no error.
 */
export function errorIn(parsed: unknown, eventName: string): unknown {
  if (!isRecord(parsed)) return eventName === 'error' ? parsed : undefined;
  if (isNotEmpty(parsed['error'])) return parsed;
  // The content of an event matters more than its name.
  if (eventName === 'error') return Array.isArray(parsed['choices']) ? undefined : parsed;
  if (parsed['object'] === 'error' || parsed['type'] === 'error') return parsed;
  const ofAnAnswer = ['choices', 'usage', 'type', 'output', 'content'].some((name) => name in parsed);
  if (ofAnAnswer) return undefined;
  // A message that is an object belongs to a chat.
  const message = typeof parsed['message'] === 'string' ? parsed['message'] : undefined;
  return [message, parsed['detail'], parsed['errors'], parsed['msg']].some(isNotEmpty) ? parsed : undefined;
}

function isNotEmpty(value: unknown): boolean {
  if (typeof value === 'string') return value !== '';
  if (Array.isArray(value)) return value.length > 0;
  return isRecord(value) && Object.keys(value).length > 0;
}
