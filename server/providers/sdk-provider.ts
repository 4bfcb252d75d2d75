import { systemClock } from '../runtime/clock.ts';
import { quietLogger } from '../runtime/logger.ts';
import type { AnswerReader } from './answer-reader.ts';
import { streamAnswer } from './answer.ts';
import { statusErrorIn } from './http-status-error.ts';
import { listModels, type ModelPage } from './list-models.ts';
import { createModelLimitsCache, type ModelLimitsCache } from './model-limits.ts';
import { failure, type ErrorContext } from './provider-error.ts';
import type { ProviderRequest } from './provider.ts';
import { remoteDefaults, type RemoteOptions, type RemoteProvider } from './remote-provider.ts';
import {
  createCapabilityFallback,
  type CapabilityFallbackOptions,
  type RequestShape,
} from './capability-fallback.ts';
import { estimateInputTokens, requestChars } from './usage.ts';
import type { HttpTransport, HttpFetchOptions } from './http-transport.ts';

/** The options that the SDKs accept in addition to a request's body. */
export interface SdkCallOptions {
  readonly signal: AbortSignal;
  readonly fetchOptions: HttpFetchOptions;
}

/** A response and the reader for it: one provider may use several APIs. */
export interface SentRequest {
  readonly response: Response;
  readonly createReader: (context: ErrorContext) => AnswerReader<unknown>;
}

/** The parts of a provider that are specific to its API. */
export interface SdkProviderOptions {
  /** The provider's name in error messages. */
  readonly label: string;
  /** The variable that sets its base URL. */
  readonly variable: string;
  readonly remote: RemoteOptions;
  /** Never repeated in an error. */
  readonly apiKey: string;
  readonly transport: HttpTransport;
  readonly fallback: Omit<CapabilityFallbackOptions, 'limits'>;
  /** Sends one request in a shape that the capability fallback has chosen. */
  readonly send: (
    request: ProviderRequest,
    shape: RequestShape,
    options: SdkCallOptions,
  ) => Promise<SentRequest>;
  /** Fetches a page of the model list; `after`: the last id of the previous page. */
  readonly page: (options: SdkCallOptions, after: string | undefined) => Promise<ModelPage>;
  /** Maximum tokens of an answer where neither the request nor the settings set it. @default not sent */
  readonly defaultMaxOutputTokens?: number;
  /**
   * Set if the server silently truncates a prompt that exceeds its context window: the variable that sets the
   * window.
   */
  readonly windowVariable?: string;
}

/**
 * A provider that uses an SDK over one HTTP transport, with capability fallback for requests and one rule for
 * outcomes.
 */
export function createSdkProvider(options: SdkProviderOptions): RemoteProvider {
  const { label, remote, apiKey, transport, send } = options;
  const { baseUrl, clock = systemClock, logger = quietLogger } = remote;
  const { trailerTimeoutMs, maxEventChars, maxAnswerBytes } = { ...remoteDefaults, ...remote };
  const limits = createModelLimitsCache();
  const fallback = createCapabilityFallback({ ...options.fallback, limits });
  const context: ErrorContext = {
    provider: label,
    baseUrl,
    apiKey,
    variable: options.variable,
    secrets: secretsOf(remote),
    ...(remote.retryAfterCapMs === undefined ? {} : { retryAfterCapMs: remote.retryAfterCapMs }),
    now: () => clock.now(),
  };
  const close = () => transport.close();

  return {
    stream(request, call) {
      const callContext = { ...context, model: request.model };
      const fetchOptions = transport.instrumented(call);
      return streamAnswer({
        open: async (signal) => {
          const asked = {
            model: request.model,
            json: request.json !== undefined,
            maxOutputTokens: maxOutputTokensOf(request, options, limits),
            inputChars: requestChars(request),
          };
          const sent = await fallback.send(asked, (shape) =>
            send(request, shape, { signal, fetchOptions }).catch((error: unknown) => {
              throw statusErrorIn(error) ?? error;
            }),
          );
          return { response: sent.response, reader: sent.createReader(callContext) };
        },
        request,
        call,
        context: callContext,
        clock,
        trailerTimeoutMs,
        limits: { maxEventChars, maxAnswerBytes },
        onPromptTruncated({ inputTokens }) {
          const estimated = estimateInputTokens(request);
          if (options.windowVariable === undefined) {
            logger.warn(
              { provider: label, model: request.model, inputTokens, estimated },
              'the provider reports that it read less than half of the prompt: its context window may be too small',
            );
            return undefined;
          }
          const message =
            `${label} read ${inputTokens} tokens of a prompt of about ${estimated} for model ${request.model}: it discards ` +
            `what exceeds its context window. Start it with ${options.windowVariable} set to a larger number of tokens.`;
          return failure('CONTEXT_TOO_LONG', message, callContext, { retryable: false });
        },
      });
    },
    listModels: (listOptions) =>
      listModels(
        {
          page: (signal, after) => options.page({ signal, fetchOptions: transport.uninstrumented }, after),
          context,
          clock,
          limits,
        },
        listOptions,
      ),
    limitsOf: (model) => limits.of(model),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * The request's value, else the settings, else the provider's default, but at most the model's known limit and what the
 * budget of the run allows.
 */
function maxOutputTokensOf(
  request: ProviderRequest,
  { remote, defaultMaxOutputTokens }: SdkProviderOptions,
  limits: ModelLimitsCache,
): number | undefined {
  const most = limits.of(request.model)?.outputTokens;
  const wanted = request.maxOutputTokens ?? remote.maxOutputTokens;
  const byDefault = defaultMaxOutputTokens === undefined ? undefined : (most ?? defaultMaxOutputTokens);
  const usual = wanted === undefined ? byDefault : Math.min(wanted, most ?? Infinity);
  const { outputBudgetTokens } = request;
  if (outputBudgetTokens === undefined) return usual;
  return Math.min(usual ?? most ?? Infinity, outputBudgetTokens);
}

/** Secrets other than the key. A short value is a flag, and redacting it would make messages unreadable. */
function secretsOf({ headers = {}, secrets = [] }: RemoteOptions): readonly string[] {
  return [...Object.values(headers), ...secrets].filter((value) => value.length >= 8);
}
