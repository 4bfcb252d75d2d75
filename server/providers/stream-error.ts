import { isRecord } from './error-body.ts';

/**
 * The error that an event of a stream tells, in whatever shape: an SSE event of the name `error`, `{error}`, the error
 * object itself (vLLM), FastAPI's `{detail}`; `undefined` if it tells none.
 */
export function errorIn(parsed: unknown, eventName: string): unknown {
  if (eventName === 'error') return parsed;
  if (!isRecord(parsed)) return undefined;
  if (isSomething(parsed['error'])) return parsed;
  if (parsed['object'] === 'error' || parsed['type'] === 'error') return parsed;
  const ofAnAnswer = ['choices', 'usage', 'type', 'output', 'content'].some((name) => name in parsed);
  if (ofAnAnswer) return undefined;
  return ['message', 'detail', 'errors', 'msg'].some((name) => isSomething(parsed[name]))
    ? parsed
    : undefined;
}

function isSomething(value: unknown): boolean {
  if (typeof value === 'string') return value !== '';
  if (Array.isArray(value)) return value.length > 0;
  return isRecord(value) && Object.keys(value).length > 0;
}
