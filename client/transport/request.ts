import type { createCheckedFetch } from './checked-fetch.ts';
import { errorIn, isFinal, notStagewire } from './parse-error.ts';

export interface RequestOptions {
  /** The URL of the procedure. */
  readonly url: string;
  readonly isQuery: boolean;
  readonly input: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly fetch: ReturnType<typeof createCheckedFetch>;
}

/**
 * One call over HTTP, as section 4 of the protocol describes it.
 *
 * @throws StagewireError the rejection of the server; StagewireClientError NOT_STAGEWIRE; any other Error if the result is
 * unknown.
 */
export async function request(options: RequestOptions): Promise<unknown> {
  const { url, isQuery, input, signal } = options;
  const json = input === undefined ? undefined : JSON.stringify(input);
  const query = isQuery && json !== undefined ? `?input=${encodeURIComponent(json)}` : '';
  const response = await options.fetch(`${url}${query}`, {
    method: isQuery ? 'GET' : 'POST',
    headers: { ...(!isQuery && { 'content-type': 'application/json' }), ...options.headers },
    ...(!isQuery && json !== undefined && { body: json }),
    signal,
  });
  const body = (await response.json()) as { readonly result?: { readonly data?: unknown } } | null;
  if (typeof body?.result === 'object' && body.result !== null) return body.result.data;
  const { refusal, message = 'it has neither a result nor an error' } = errorIn(body);
  if (refusal !== undefined) throw refusal;
  if (isFinal(response.status)) throw notStagewire(response.status, message);
  throw new Error(`HTTP ${response.status}: ${message}`);
}
