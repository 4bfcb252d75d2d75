import { systemClock } from '../runtime/clock.ts';
import { quietLogger } from '../runtime/logger.ts';
import type { AnswerReader } from './answer-reader.ts';
import { streamAnswer } from './answer.ts';
import { refusalIn } from './http-refusal.ts';
import { listModels, type ModelPage } from './list-models.ts';
import { createLimitsMemory, type LimitsMemory } from './model-limits.ts';
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

/** What the SDKs take beside a request's body. */
export interface SdkCallOptions {
  readonly signal: AbortSignal;
  readonly fetchOptions: HttpFetchOptions;
}

/** A response, and what reads it: one provider may be answered by one API or another. */
export interface SentRequest {
  readonly response: Response;
  readonly createReader: (context: ErrorContext) => AnswerReader<unknown>;
}

/** What one API has of its own; the rest is the same for all of them. */
export interface SdkProviderOptions {
  /** The provider's name, as its errors say it. */
  readonly label: string;
  /** The variable that holds its base URL. */
  readonly variable: string;
  readonly remote: RemoteOptions;
  /** Never repeated in an error. */
  readonly apiKey: string;
  readonly wire: HttpTransport;
  readonly ladder: Omit<CapabilityFallbackOptions, 'limits'>;
  /** Sends one request in a shape that the ladder has chosen. */
  readonly send: (
    request: ProviderRequest,
    shape: RequestShape,
    options: SdkCallOptions,
  ) => Promise<SentRequest>;
  /** Fetches a page of the list of models; `after`: the last id of the page before. */
  readonly page: (options: SdkCallOptions, after: string | undefined) => Promise<ModelPage>;
  /** Tokens of an answer where neither the request nor the settings say it. @default nothing is said */
  readonly defaultMaxOutputTokens?: number;
  /** The server throws away what does not fit into its window, without a word; the variable that sets that window. */
  readonly windowVariable?: string;
}

/** A provider over one wire: every request by the ladder, every answer by the one rule of outcomes. */
export function createSdkProvider(options: SdkProviderOptions): RemoteProvider {
  const { label, remote, apiKey, wire, send } = options;
  const { baseUrl, clock = systemClock, logger = quietLogger } = remote;
  const { trailerTimeoutMs, maxEventChars, maxAnswerBytes } = { ...remoteDefaults, ...remote };
  const limits = createLimitsMemory();
  const ladder = createCapabilityFallback({ ...options.ladder, limits });
  const context: ErrorContext = {
    provider: label,
    baseUrl,
    apiKey,
    variable: options.variable,
    secrets: secretsOf(remote),
    ...(remote.retryAfterCapMs === undefined ? {} : { retryAfterCapMs: remote.retryAfterCapMs }),
    now: () => clock.now(),
  };
  const close = () => wire.close();

  return {
    stream(request, call) {
      const callContext = { ...context, model: request.model };
      const fetchOptions = wire.instrumented(call);
      return streamAnswer({
        open: async (signal) => {
          const asked = {
            model: request.model,
            json: request.json !== undefined,
            maxOutputTokens: maxOutputTokensOf(request, options, limits),
            inputChars: requestChars(request),
          };
          const sent = await ladder.send(asked, (shape) =>
            send(request, shape, { signal, fetchOptions }).catch((error: unknown) => {
              throw refusalIn(error) ?? error;
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
        onTooLittleRead({ inputTokens }) {
          const estimated = estimateInputTokens(request);
          if (options.windowVariable === undefined) {
            logger.warn(
              { provider: label, model: request.model, inputTokens, estimated },
              'the provider says that it read less than half of the prompt: its window may be too small for it',
            );
            return undefined;
          }
          const message =
            `${label} read ${inputTokens} tokens of a prompt of some ${estimated} for model ${request.model}: it throws ` +
            `away what is above its window. Start it with ${options.windowVariable} set to a larger number of tokens.`;
          return failure('CONTEXT_TOO_LONG', message, callContext, { retryable: false });
        },
      });
    },
    listModels: (listOptions) =>
      listModels(
        {
          page: (signal, after) => options.page({ signal, fetchOptions: wire.untapped }, after),
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

/** What the request wants, else the settings, else the provider's default; never more than the model is known to give. */
function maxOutputTokensOf(
  request: ProviderRequest,
  { remote, defaultMaxOutputTokens }: SdkProviderOptions,
  limits: LimitsMemory,
): number | undefined {
  const most = limits.of(request.model)?.outputTokens;
  const wanted = request.maxOutputTokens ?? remote.maxOutputTokens;
  if (wanted !== undefined) return Math.min(wanted, most ?? Infinity);
  return defaultMaxOutputTokens === undefined ? undefined : (most ?? defaultMaxOutputTokens);
}

/** What else than the key may be secret. A short value is a switch, and would make its word unreadable everywhere. */
function secretsOf({ headers = {}, secrets = [] }: RemoteOptions): readonly string[] {
  return [...Object.values(headers), ...secrets].filter((value) => value.length >= 8);
}
