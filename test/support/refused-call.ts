import { failureOf } from '../../server/providers/provider-error.ts';
import { HttpStatusError } from '../../server/providers/http-status-error.ts';

/** Whose errors the tests tell. */
export const context = {
  provider: 'Test',
  baseUrl: 'https://models.example.org/v1',
  variable: 'COMPATIBLE_BASE_URL',
  model: 'm',
  apiKey: 'top-secret-0123',
  now: () => Date.UTC(2026, 0, 1),
};

/** What an HTTP answer with this body means. */
export function answered(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const url = 'https://models.example.org/v1/chat/completions';
  return failureOf(new HttpStatusError({ status, headers: new Headers(headers), url, text }), false, context);
}
