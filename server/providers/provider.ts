import type {
  Effort,
  FailureCode,
  FailureReason,
  FinishReason,
  ReachedLimit,
  Usage,
} from '@stagewire/shared';
import type { CallWait } from './call-limiter.ts';

/** A request to a model: the whole conversation, ending with a user's message. */
export interface ProviderRequest {
  /** The model's id as its provider knows it, without the provider's name. */
  readonly model: string;
  readonly system: string;
  /** Roles alternate, starting and ending with `user`; no text is blank. */
  readonly messages: readonly {
    readonly role: 'user' | 'assistant';
    readonly text: string;
    /** Cache breakpoints: offsets in `text`, ascending, up to which later requests are likely to repeat it. */
    readonly cacheEnds?: readonly number[];
  }[];
  /** Requests with the same key share long prefixes, so they are best served from one cache. */
  readonly cacheKey?: string;
  /** How much the model should reason. Default: the provider's own choice. */
  readonly effort?: Effort;
  /** Maximum tokens of the answer, reasoning included. Default: the provider's settings. */
  readonly maxOutputTokens?: number;
  /** Tokens of the answer that the budget of the run allows, reasoning included: no limit above this is sent. */
  readonly outputBudgetTokens?: number;
  /** A schema for the text, for models that support structured output. Default: free text. */
  readonly json?: { readonly name: string; readonly schema: Readonly<Record<string, unknown>> };
  /** The input of the rehearsal, which does not read the messages. Every other provider ignores it. */
  readonly rehearsal: RehearsalContext;
}

/** The input of the rehearsal: the role, the task and the state of the run. */
export interface RehearsalContext {
  readonly role: string;
  readonly task: string;
  /** How many stages of this role have started, this one included: at a later visit the reviewer approves. */
  readonly visit: number;
  readonly attempt: number;
  /** Texts of the steers and redirects in this prompt, oldest first. */
  readonly instructions: readonly string[];
  /** The attempt continues after this text (`continue`, `resume`); empty: it starts from scratch. */
  readonly keptText: string;
  /** The issues of the latest review, for the refiner. */
  readonly issues: readonly string[];
  /** Whether a tester writes the tests that the task asks for. Default: true. */
  readonly hasTester?: boolean;
  /** The run's current files, if the caller knows them. */
  readonly files?: readonly RehearsalFile[];
  /** The run's id, so that two runs without a seed differ. */
  readonly runId: string;
}

export interface RehearsalFile {
  readonly path: string;
  readonly text: string;
  readonly from: 'input' | 'stage';
}

/** The events of a model's stream, in order. */
export type ProviderEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  /** What has been used so far; the last one counts. */
  | { readonly type: 'usage'; readonly usage: Usage }
  /** The stream is complete. Nothing follows. */
  | { readonly type: 'finish'; readonly finishReason: FinishReason };

export interface ProviderCall {
  /** Aborts the call: the socket is closed immediately, and the iterable ends without an error. */
  readonly signal: AbortSignal;
  /** Called when the response's headers arrive, and for every piece of the body, pings and comments included. */
  onWire(kind: 'headers' | 'bytes'): void;
  /** Whose run it is: where calls wait, owners take turns. @default one owner for all such calls */
  readonly owner?: string;
  /**
   * Called with a function that describes the wait if the call is not sent at once, and with `undefined` when it is sent.
   *
   * @default nothing is called
   */
  readonly onWaiting?: (describe: (() => CallWait) | undefined) => void;
}

/** One way to reach models. */
export interface Provider {
  /**
   * Streams one answer. It ends after `finish`, or without it when the signal aborts. In every other case it
   * throws: a truncated answer never counts as complete. It does not retry.
   *
   * @throws ProviderFailure with the code, and whether a retry may help.
   */
  stream(request: ProviderRequest, call: ProviderCall): AsyncIterable<ProviderEvent>;
}

/** Why a provider's stream is incomplete. Its message contains no key and may be shown to any user. */
export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure';
  readonly code: FailureCode;
  readonly retryable: boolean;
  readonly reason: FailureReason | undefined;
  /** How long the provider asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Whether other calls with the same key should wait too: a rate limit is reached, or the provider is overloaded. */
  readonly throttles: boolean;
  /** The budget of the run that was reached. */
  readonly details: ReachedLimit | undefined;

  constructor(
    code: FailureCode,
    message: string,
    options: {
      retryable: boolean;
      reason?: FailureReason;
      retryAfterMs?: number;
      throttles?: boolean;
      details?: ReachedLimit;
      cause?: unknown;
    },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable;
    this.reason = options.reason;
    this.retryAfterMs = options.retryAfterMs;
    this.throttles = options.throttles ?? false;
    this.details = options.details;
  }
}
