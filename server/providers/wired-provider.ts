import { systemClock } from '../runtime/clock.ts';
import { streamAnswer, type AnswerReader, type OpenedAnswer } from './answer.ts';
import { listModels, type ModelListing } from './list-models.ts';
import type { ErrorContext } from './provider-error.ts';
import type { ProviderRequest } from './provider.ts';
import { remoteDefaults, type RemoteOptions, type RemoteProvider } from './remote-provider.ts';
import { createRequestLadder, type RequestLadderOptions, type RequestShape } from './request-ladder.ts';
import type { Wire, WireFetchOptions } from './wire.ts';

/** What the SDKs take beside a request's body. */
export interface SdkCallOptions {
  readonly signal: AbortSignal;
  readonly fetchOptions: WireFetchOptions;
}

/** What one API has of its own; the rest is the same for all of them. */
export interface WiredProviderOptions<E> {
  /** The provider's name, as its errors say it. */
  readonly label: string;
  readonly remote: RemoteOptions;
  /** Never repeated in an error. */
  readonly apiKey: string;
  readonly wire: Wire;
  readonly ladder: RequestLadderOptions;
  /** Sends one request in a shape that the ladder has chosen, for the SDK's raw stream. */
  readonly send: (
    request: ProviderRequest,
    shape: RequestShape,
    options: SdkCallOptions,
  ) => Promise<OpenedAnswer<E>>;
  readonly createReader: (context: ErrorContext) => AnswerReader<E>;
  readonly pages: ModelListing['pages'];
}

/** A provider over one wire: every request by the ladder, every answer by the one rule of outcomes. */
export function createWiredProvider<E>(options: WiredProviderOptions<E>): RemoteProvider {
  const { label, remote, apiKey, wire, send, createReader, pages } = options;
  const { baseUrl, clock = systemClock } = remote;
  const { trailerTimeoutMs } = { ...remoteDefaults, ...remote };
  const ladder = createRequestLadder(options.ladder);
  const context = { provider: label, baseUrl, apiKey, now: () => clock.now() };
  const close = () => wire.close();

  return {
    stream(request, call) {
      const { model, json } = request;
      const callContext = { ...context, model };
      const callOptions = { signal: call.signal, fetchOptions: wire.tapped(call) };
      return streamAnswer({
        open: () => ladder.send(model, json !== undefined, (shape) => send(request, shape, callOptions)),
        reader: createReader(callContext),
        call,
        context: callContext,
        clock,
        trailerTimeoutMs,
      });
    },
    listModels: (listOptions) => listModels({ pages, context, clock }, listOptions),
    close,
    [Symbol.asyncDispose]: close,
  };
}
