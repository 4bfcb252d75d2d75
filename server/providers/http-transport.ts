import { Agent, EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';
import type { Dispatcher } from 'undici';

import type { Clock } from '../runtime/clock.ts';
import { isLoopback } from '../runtime/is-loopback.ts';
import { shownUrl } from './address-advice.ts';
import { BodyTooLarge } from './event-stream.ts';
import { HttpStatusError } from './http-status-error.ts';
import type { ProviderCall } from './provider.ts';

/** The connections of one provider. */
export interface HttpTransport {
  /** For the SDK's `fetch` option. Throws HttpStatusError for a response whose status is not 2xx. */
  readonly fetch: typeof globalThis.fetch;
  /** The `fetchOptions` of one streaming call: `call.onWire` is called for its response's headers and bytes. */
  instrumented(call: ProviderCall): HttpFetchOptions;
  /** The `fetchOptions` of every other call. */
  readonly uninstrumented: HttpFetchOptions;
  /** Closes every connection immediately. */
  close(): Promise<void>;
}

export interface HttpFetchOptions {
  readonly dispatcher: Dispatcher;
  readonly redirect: 'manual';
}

export interface HttpTransportOptions {
  readonly baseUrl: string;
  /** In milliseconds. */
  readonly headersTimeoutMs: number;
  readonly clock: Clock;
  /** Sent with every request; they override the SDK's. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes of an error's body that are read, decompressed; the rest is discarded. @default 65_536 */
  readonly maxErrorBytes?: number;
  /** Timeout for an error's body, in milliseconds; what arrived until then is used. @default 5_000 */
  readonly errorBodyTimeoutMs?: number;
}

/**
 * Opens no connection: the first call does, and later calls reuse it. HTTPS_PROXY, HTTP_PROXY and NO_PROXY are
 * honoured, except for a loopback address, which no proxy can reach.
 */
export function createHttpTransport(options: HttpTransportOptions): HttpTransport {
  const { baseUrl, headersTimeoutMs } = options;
  const settings = {
    // Node's default of 300 s between two pieces of a body would end slow local models. The watchdog limits idle
    // time.
    bodyTimeout: 0,
    headersTimeout: headersTimeoutMs,
    // One connection per call: an abort closes the socket of that call only.
    allowH2: false,
  };
  const agent = isLoopback(new URL(baseUrl).hostname) ? new Agent(settings) : new EnvHttpProxyAgent(settings);
  // Redirects are not followed: prompt and key are sent to the configured address only.
  const redirect = 'manual';
  return {
    fetch: fetchOf(options),
    instrumented: (call) => ({ dispatcher: agent.compose(instrument(call)), redirect }),
    uninstrumented: { dispatcher: agent, redirect },
    close: () => agent.destroy(),
  };
}

/**
 * The fetch of the agent's own package: Node's built-in fetch expects agents of its built-in undici. Both implement
 * the standard, but their TypeScript types differ.
 */
function fetchOf(options: HttpTransportOptions): typeof globalThis.fetch {
  const plainFetch = undiciFetch as unknown as typeof globalThis.fetch;
  return async (url, init) => {
    const headers = new Headers(init?.headers);
    // Compression saves nothing on a stream of tokens, and a small compressed body may expand to gigabytes.
    headers.set('accept-encoding', 'identity');
    for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
    const response = await plainFetch(url, { ...init, headers });
    if (response.ok) return response;
    const text = await readErrorBody(response, options);
    const asked = response.url === '' ? addressOf(url) : response.url;
    throw new HttpStatusError({
      status: response.status,
      headers: response.headers,
      url: shownUrl(asked),
      text,
    });
  };
}

function addressOf(url: Parameters<typeof globalThis.fetch>[0]): string {
  return url instanceof Request ? url.url : String(url);
}

/** Reads an error's body within its limits of time and size. Never throws: the status is already known. */
async function readErrorBody(response: Response, options: HttpTransportOptions): Promise<string> {
  const { clock, maxErrorBytes = 65_536, errorBodyTimeoutMs = 5_000 } = options;
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader();
  if (reader === undefined) return '';
  const late = Promise.withResolvers<undefined>();
  const cancelTimer = clock.after(errorBodyTimeoutMs, () => late.resolve(undefined));
  const decoder = new TextDecoder();
  let text = '';
  let left = maxErrorBytes;
  try {
    while (left > 0) {
      const piece = await Promise.race([reader.read(), late.promise]);
      if (piece?.value === undefined) break;
      text += decoder.decode(piece.value.subarray(0, left), { stream: true });
      left -= piece.value.byteLength;
    }
  } catch {
    // The connection was lost or decompression failed: the status is enough.
  } finally {
    cancelTimer();
    reader.cancel().catch(() => undefined);
  }
  return text;
}

/**
 * The whole body, decoded.
 *
 * @throws BodyTooLarge if it is larger than `maxBytes`.
 */
export async function readWhole(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  const pieces: string[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new BodyTooLarge(`a body of more than ${maxBytes} bytes`);
    pieces.push(decoder.decode(chunk, { stream: true }));
  }
  return pieces.join('') + decoder.decode();
}

/**
 * Sees the bytes before they enter any stream, in the call in which the parser passes them on. This costs neither a
 * promise nor a copy per piece, unlike a TransformStream around the body.
 */
function instrument(call: ProviderCall): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => dispatch(options, new ByteCounter(handler, call));
}

class ByteCounter implements Dispatcher.DispatchHandler {
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #call: ProviderCall;
  #answered = false;

  constructor(handler: Dispatcher.DispatchHandler, call: ProviderCall) {
    this.#handler = handler;
    this.#call = call;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#handler.onRequestStart?.(controller, context);
  }

  onRequestUpgrade(...args: Parameters<Required<Dispatcher.DispatchHandler>['onRequestUpgrade']>): void {
    this.#handler.onRequestUpgrade?.(...args);
  }

  onResponseStarted(): void {
    this.#handler.onResponseStarted?.();
  }

  onResponseStart(...args: Parameters<Required<Dispatcher.DispatchHandler>['onResponseStart']>): void {
    const statusCode = args[1];
    // An error response may be followed by another request, so it does not count as the start of an answer.
    this.#answered = statusCode >= 200 && statusCode < 300;
    if (this.#answered) this.#call.onWire('headers');
    this.#handler.onResponseStart?.(...args);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#answered) this.#call.onWire('bytes');
    this.#handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(...args: Parameters<Required<Dispatcher.DispatchHandler>['onResponseEnd']>): void {
    this.#handler.onResponseEnd?.(...args);
  }

  onResponseError(...args: Parameters<Required<Dispatcher.DispatchHandler>['onResponseError']>): void {
    this.#handler.onResponseError?.(...args);
  }
}
