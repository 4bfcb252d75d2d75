import { Agent, EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';
import type { Dispatcher } from 'undici';

import type { Clock } from '../runtime/clock.ts';
import { isLoopback } from '../runtime/is-loopback.ts';
import { shownUrl } from './address-advice.ts';
import { BodyTooLarge } from './event-stream.ts';
import { HttpRefusal } from './http-refusal.ts';
import type { ProviderCall } from './provider.ts';

/** The connections of one provider, and what is seen on them. */
export interface HttpTransport {
  /** For the SDK's `fetch` option. Throws HttpRefusal for an answer that is no 2xx. */
  readonly fetch: typeof globalThis.fetch;
  /** The `fetchOptions` of one streaming call: its response's headers and bytes are told to `call`. */
  instrumented(call: ProviderCall): HttpFetchOptions;
  /** The `fetchOptions` of every other call. */
  readonly untapped: HttpFetchOptions;
  /** Closes every connection at once. */
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
  /** Sent with every request, over what the SDK sends. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes of an error's body that are read, unpacked; the rest is let go. @default 65_536 */
  readonly maxErrorBytes?: number;
  /** How long an error's body may take, in milliseconds; what came until then counts. @default 5_000 */
  readonly errorBodyTimeoutMs?: number;
}

/**
 * Opens nothing yet: connections are made by the first call and kept for the next. HTTPS_PROXY, HTTP_PROXY and
 * NO_PROXY are honoured, except for an address of this machine, which no proxy could reach.
 */
export function createHttpTransport(options: HttpTransportOptions): HttpTransport {
  const { baseUrl, headersTimeoutMs } = options;
  const settings = {
    // Node's own 300 s between two pieces of a body would end slow local models: how long a silence may last is
    // the watchdog's decision.
    bodyTimeout: 0,
    headersTimeout: headersTimeoutMs,
    // One connection per call: what an abort closes is that call's socket and no other's.
    allowH2: false,
  };
  const agent = isLoopback(new URL(baseUrl).hostname) ? new Agent(settings) : new EnvHttpProxyAgent(settings);
  // A redirect is not followed: prompt and key go to the address that was configured, or nowhere.
  const redirect = 'manual';
  return {
    fetch: fetchOf(options),
    instrumented: (call) => ({ dispatcher: agent.compose(instrument(call)), redirect }),
    untapped: { dispatcher: agent, redirect },
    close: () => agent.destroy(),
  };
}

/**
 * The fetch of the agent's own package: Node's built-in one expects the agents of its built-in undici. Both are the
 * standard's fetch, but TypeScript has two sets of types for them.
 */
function fetchOf(options: HttpTransportOptions): typeof globalThis.fetch {
  const plainFetch = undiciFetch as unknown as typeof globalThis.fetch;
  return async (url, init) => {
    const headers = new Headers(init?.headers);
    // Packed bytes save nothing on a stream of tokens, and a small one may unpack to gigabytes.
    headers.set('accept-encoding', 'identity');
    for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
    const response = await plainFetch(url, { ...init, headers });
    if (response.ok) return response;
    const text = await readErrorBody(response, options);
    const asked = response.url === '' ? addressOf(url) : response.url;
    throw new HttpRefusal({
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

/** As much of an error's body as comes in time and fits; nothing that goes wrong on the way hides the status. */
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
    // The connection broke off, or what was packed cannot be unpacked: the status says enough.
  } finally {
    cancelTimer();
    reader.cancel().catch(() => undefined);
  }
  return text;
}

/**
 * All of a body, decoded.
 *
 * @throws BodyTooLarge if it has more bytes than that.
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
 * Sees the bytes before they enter any stream, in the call by which the parser hands them on: this costs neither
 * a promise nor a copy per piece, which a TransformStream around the body would.
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
    // A refusal that leads to another request is no sign that an answer has begun.
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
