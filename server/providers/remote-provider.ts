import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { ModelLimits } from './model-limits.ts';
import type { Provider } from './provider.ts';

/** A provider behind a network connection: it can list its models, and it holds connections until it is closed. */
export interface RemoteProvider extends Provider, AsyncDisposable {
  /**
   * The ids of the models that the key can use, in the provider's own order.
   *
   * @throws ProviderFailure as `stream` does; PROVIDER_UNAVAILABLE on timeout.
   */
  listModels(options?: ListModelsOptions): Promise<readonly string[]>;
  /** A model's limits, as reported in lists and errors so far; `undefined` if there are none. */
  limitsOf(model: string): ModelLimits | undefined;
  /** Closes every connection immediately; calls in flight fail. */
  close(): Promise<void>;
}

export interface ListModelsOptions {
  readonly signal?: AbortSignal;
  /** Timeout for the whole list, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number;
}

/** Options of every remote provider. */
export interface RemoteOptions {
  /** The API's base URL: with `/v1` for OpenAI and compatible servers, without for Anthropic. */
  readonly baseUrl: string;
  /** Timeout for the response's headers, in milliseconds. @default 120_000 */
  readonly headersTimeoutMs?: number;
  /**
   * How long the stream may stay open after the event that completes the answer, in milliseconds. Then the
   * connection is closed, and the answer still counts as complete. @default 2_000
   */
  readonly trailerTimeoutMs?: number;
  /** Maximum tokens of reasoning and text together, where a request sets none. @default see each provider */
  readonly maxOutputTokens?: number;
  /** The longest wait that a provider may ask for, in milliseconds; a longer one is not retryable. @default 60_000 */
  readonly retryAfterCapMs?: number;
  /** Maximum chars of one line, of one event and of a whole JSON document in an answer. @default 4_000_000 */
  readonly maxEventChars?: number;
  /** Maximum bytes of one answer, decompressed. @default 1_000_000_000 */
  readonly maxAnswerBytes?: number;
  /** Sent with every request. Their values are secrets. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further secrets that no message may contain: the keys of the other providers. @default none */
  readonly secrets?: readonly string[];
  /** @default the system's clock */
  readonly clock?: Clock;
  /** Receives warnings for the operator. @default logs nothing */
  readonly logger?: Logger;
}

export const remoteDefaults = {
  headersTimeoutMs: 120_000,
  trailerTimeoutMs: 2_000,
  maxEventChars: 4_000_000,
  maxAnswerBytes: 1_000_000_000,
} as const;
