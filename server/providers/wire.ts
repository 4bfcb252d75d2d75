import { Agent, EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';
import type { Dispatcher } from 'undici';

import type { ProviderCall } from './provider.ts';

/** The connections of one provider, and what is seen on them. */
export interface Wire {
  /** For the SDK's `fetch` option. */
  readonly fetch: typeof globalThis.fetch;
  /** The `fetchOptions` of one streaming call: its response's headers and bytes are told to `call`. */
  tapped(call: ProviderCall): WireFetchOptions;
  /** The `fetchOptions` of every other call. */
  readonly untapped: WireFetchOptions;
  /** Closes every connection at once. */
  close(): Promise<void>;
}

export interface WireFetchOptions {
  readonly dispatcher: Dispatcher;
  readonly redirect: 'manual';
}

export interface WireOptions {
  readonly baseUrl: string;
  /** In milliseconds. */
  readonly headersTimeoutMs: number;
}

/**
 * Opens nothing yet: connections are made by the first call and kept for the next. HTTPS_PROXY, HTTP_PROXY and
 * NO_PROXY are honoured, except for an address of this machine, which no proxy could reach.
 */
export function createWire({ baseUrl, headersTimeoutMs }: WireOptions): Wire {
  const settings = {
    // Node's own 300 s between two pieces of a body would end slow local models: how long a silence may last is
    // the watchdog's decision.
    bodyTimeout: 0,
    headersTimeout: headersTimeoutMs,
    // One connection per call: what an abort closes is that call's socket and no other's.
    allowH2: false,
  };
  const agent = isLoopback(baseUrl) ? new Agent(settings) : new EnvHttpProxyAgent(settings);
  // A redirect is not followed: prompt and key go to the address that was configured, or nowhere.
  const redirect = 'manual';
  return {
    // The fetch of the agent's own package: Node's built-in one expects the agents of its built-in undici. Both
    // are the standard's fetch, but TypeScript has two sets of types for them.
    fetch: undiciFetch as unknown as typeof globalThis.fetch,
    tapped: (call) => ({ dispatcher: agent.compose(tapOf(call)), redirect }),
    untapped: { dispatcher: agent, redirect },
    close: () => agent.destroy(),
  };
}

/**
 * Sees the bytes before they enter any stream, in the call by which the parser hands them on: this costs neither
 * a promise nor a copy per piece, which a TransformStream around the body would.
 */
function tapOf(call: ProviderCall): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => dispatch(options, new Tap(handler, call));
}

class Tap implements Dispatcher.DispatchHandler {
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

function isLoopback(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
