import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { ModelLimits } from './model-limits.ts';
import type { Provider } from './provider.ts';

/** A provider behind a socket: it can say which models it has, and it holds connections until it is closed. */
export interface RemoteProvider extends Provider, AsyncDisposable {
  /**
   * The ids of the models that the key can use, in the provider's own order.
   *
   * @throws ProviderFailure as `stream` does; PROVIDER_UNAVAILABLE when the deadline passes.
   */
  listModels(options?: ListModelsOptions): Promise<readonly string[]>;
  /** What lists and errors have told of a model's limits so far; `undefined` if nothing. */
  limitsOf(model: string): ModelLimits | undefined;
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
  /** Tokens that reasoning and text together may take, where a request does not say it. @default see each provider */
  readonly maxOutputTokens?: number;
  /** The longest wait that a provider may ask for, in milliseconds; a longer one is not retryable. @default 60_000 */
  readonly retryAfterCapMs?: number;
  /** Characters of one line, of one event and of a whole JSON document in an answer. @default 4_000_000 */
  readonly maxEventChars?: number;
  /** Bytes of one answer, unpacked. @default 1_000_000_000 */
  readonly maxAnswerBytes?: number;
  /** Sent with every request. Their values are secrets. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** What else no message may repeat: the keys of the other providers. @default none */
  readonly secrets?: readonly string[];
  /** @default the system's clock */
  readonly clock?: Clock;
  /** Told what the operator should know. @default says nothing */
  readonly logger?: Logger;
}

export const remoteDefaults = {
  headersTimeoutMs: 120_000,
  trailerTimeoutMs: 2_000,
  maxEventChars: 4_000_000,
  maxAnswerBytes: 1_000_000_000,
} as const;
