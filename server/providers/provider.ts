import type { Effort, FailureCode, FailureReason, FinishReason, Usage } from '@stagewire/shared';

/** What a model is asked: the whole conversation, ending with a user's message. */
export interface ProviderRequest {
  /** The model's id as its provider knows it, without the provider's name. */
  readonly model: string;
  readonly system: string;
  /** Roles alternate, beginning and ending with `user`; no text is blank. */
  readonly messages: readonly {
    readonly role: 'user' | 'assistant';
    readonly text: string;
    /** Offsets in `text`, ascending, up to which later requests are likely to repeat it: ends of what a cache may serve. */
    readonly cacheEnds?: readonly number[];
  }[];
  /** Requests with one key share long prefixes, so they are best served by one cache. */
  readonly cacheKey?: string;
  /** How much the model is to reason. Default: the provider's own choice. */
  readonly effort?: Effort;
  /** Tokens that the answer may take, reasoning included. Default: the provider's settings. */
  readonly maxOutputTokens?: number;
  /** A schema that the text must fit, for a model that can be held to one. Default: free text. */
  readonly json?: { readonly name: string; readonly schema: Readonly<Record<string, unknown>> };
  /** What the rehearsal needs to know, since it does not read: every other provider ignores it. */
  readonly rehearsal: RehearsalContext;
}

/** Who speaks, and about what. */
export interface RehearsalContext {
  readonly role: string;
  readonly task: string;
  /** How many stages of this role have begun, this one included: the reviewer approves in the end. */
  readonly visit: number;
  readonly attempt: number;
  /** Texts of the steers and redirects in this prompt, oldest first. */
  readonly instructions: readonly string[];
  /** The attempt goes on after this text (`continue`, `resume`); empty: it begins anew. */
  readonly kept: string;
  /** The issues of the latest review, for the refiner. */
  readonly issues: readonly string[];
  /** The run's files as they are now, if the caller knows them. */
  readonly files?: readonly SceneFile[];
  /** Names the run, so that two runs of one seed differ where they should not be equal. */
  readonly runId: string;
}

export interface SceneFile {
  readonly path: string;
  readonly text: string;
  readonly from: 'input' | 'stage';
}

/** What a model's stream says, in order. */
export type ProviderEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  /** What has been used so far; the last one counts. */
  | { readonly type: 'usage'; readonly usage: Usage }
  /** The stream is complete. Nothing follows. */
  | { readonly type: 'finish'; readonly finishReason: FinishReason };

export interface ProviderCall {
  /** Aborts the call: the socket is closed at once, and the iterable ends without an error. */
  readonly signal: AbortSignal;
  /** Told when the response's headers are there, and for every piece of the body, pings and comments too. */
  onWire(kind: 'headers' | 'bytes'): void;
}

/** One way to reach models. */
export interface Provider {
  /**
   * Streams one answer. It ends after `finish`, or without it when the signal aborts; in every other case it
   * throws: an answer that stops short is never taken for a whole one. It never retries by itself.
   *
   * @throws ProviderFailure with the code, and whether trying again may help.
   */
  stream(request: ProviderRequest, call: ProviderCall): AsyncIterable<ProviderEvent>;
}

/** Why a provider's stream is not whole. Its message has no key in it and may be shown to anybody. */
export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure';
  readonly code: FailureCode;
  readonly retryable: boolean;
  readonly reason: FailureReason | undefined;
  /** How long the provider asks to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: FailureCode,
    message: string,
    options: { retryable: boolean; reason?: FailureReason; retryAfterMs?: number; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable;
    this.reason = options.reason;
    this.retryAfterMs = options.retryAfterMs;
  }
}
