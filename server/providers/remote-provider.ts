import type { Clock } from '../runtime/clock.ts';
import type { Provider } from './provider.ts';

/** A provider behind a socket: it can say which models it has, and it holds connections until it is closed. */
export interface RemoteProvider extends Provider, AsyncDisposable {
  /**
   * The ids of the models that the key can use, in the provider's own order.
   *
   * @throws ProviderFailure as `stream` does; PROVIDER_UNAVAILABLE when the deadline passes.
   */
  listModels(options?: ListModelsOptions): Promise<readonly string[]>;
  /** Closes every connection at once; calls under way fail. */
  close(): Promise<void>;
}

export interface ListModelsOptions {
  readonly signal?: AbortSignal;
  /** How long the whole list may take, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number;
}

/** What every remote provider can be told. */
export interface RemoteOptions {
  /** Where the API is: with `/v1` for OpenAI and what is compatible with it, without for Anthropic. */
  readonly baseUrl: string;
  /** How long the response's headers may take, in milliseconds. @default 120_000 */
  readonly headersTimeoutMs?: number;
  /**
   * How long the end of the stream may come after the event that completes the answer, in milliseconds; the
   * connection is closed then, and the answer is whole all the same. @default 2_000
   */
  readonly trailerTimeoutMs?: number;
  /** @default the system's clock */
  readonly clock?: Clock;
}

export const remoteDefaults = { headersTimeoutMs: 120_000, trailerTimeoutMs: 2_000 } as const;
