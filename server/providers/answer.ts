import type { FinishReason, Usage } from '@stagewire/shared';

import type { Clock } from '../runtime/clock.ts';
import type { ErrorContext } from './provider-error.ts';
import { failure, failureOf } from './provider-error.ts';
import type { ProviderCall, ProviderEvent, ProviderFailure } from './provider.ts';

/** Reads the events of one API, one answer each. */
export interface AnswerReader<E> {
  /**
   * Puts what an event says into `said`; remembers the rest.
   *
   * @throws ProviderFailure if the event says that the answer has failed.
   */
  read(event: E, said: ProviderEvent[]): void;
  /** There once the event came that completes the answer. */
  readonly finishReason: FinishReason | undefined;
  /** The last usage told. */
  readonly usage: Usage | undefined;
  /** There if the model, or a filter, refused: the answer is complete and yet none. */
  readonly refusal: ProviderFailure | undefined;
}

/** A response whose headers are there. */
export interface OpenedAnswer<E> {
  readonly data: AsyncIterable<E> & { readonly controller: AbortController };
  readonly response: Response;
}

export interface AnswerOptions<E> {
  open(): Promise<OpenedAnswer<E>>;
  readonly reader: AnswerReader<E>;
  readonly call: ProviderCall;
  readonly context: ErrorContext;
  readonly clock: Clock;
  /** See RemoteOptions. */
  readonly trailerTimeoutMs: number;
}

/**
 * Turns an SDK's raw stream into the events of a provider, and decides its outcome. The raw streams end in the
 * same way when they were aborted, when the answer is whole and when the server closed too early: an abort ends
 * this one silently, an answer whose last event was seen ends with `finish`, everything else throws.
 */
export async function* streamAnswer<E>(
  options: AnswerOptions<E>,
): AsyncGenerator<ProviderEvent, void, undefined> {
  const { reader, context } = options;
  const { signal } = options.call;
  if (signal.aborted) return;
  const said: ProviderEvent[] = [];
  let opened: OpenedAnswer<E> | undefined;
  let cancelTrailer: (() => void) | undefined;
  try {
    opened = await options.open();
    const { controller } = opened.data;
    await refuseOtherThanEvents(opened.response, controller, context);
    for await (const event of opened.data) {
      // Anthropic's SDK goes on with what it has buffered: 182 of 200 tokens after an abort.
      if (signal.aborted) return;
      reader.read(event, said);
      for (const item of said) {
        yield item;
        if (signal.aborted) return;
      }
      said.length = 0;
      if (reader.finishReason !== undefined) {
        // The usage may still come, and reading to the end lets the connection be used again.
        cancelTrailer ??= options.clock.after(options.trailerTimeoutMs, () => controller.abort());
      }
    }
  } catch (error) {
    if (signal.aborted) return;
    // What goes wrong behind a complete answer takes nothing from it.
    if (reader.finishReason === undefined) throw failureOf(error, opened !== undefined, context);
  } finally {
    cancelTrailer?.();
  }
  if (signal.aborted) return;
  if (reader.finishReason === undefined) throw truncated(opened, context);
  if (reader.usage !== undefined) {
    yield { type: 'usage', usage: { ...reader.usage, source: 'final' } };
    if (signal.aborted) return;
  }
  if (reader.refusal !== undefined) throw reader.refusal;
  yield { type: 'finish', finishReason: reader.finishReason };
}

function truncated(opened: OpenedAnswer<unknown> | undefined, context: ErrorContext): ProviderFailure {
  const type = opened?.response.headers.get('content-type') ?? 'without a content type';
  const message = `${context.provider} closed the stream before the answer was complete (${type}).`;
  return failure('PROVIDER_TRUNCATED', message, context, { retryable: true });
}

/** The SDKs take a web page or a JSON document for a stream without events. */
async function refuseOtherThanEvents(
  response: Response,
  controller: AbortController,
  context: ErrorContext,
): Promise<void> {
  const type = response.headers.get('content-type') ?? '';
  if (!/html|json|xml/i.test(type)) return;
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader();
  const piece = await reader?.read();
  controller.abort();
  const start = new TextDecoder().decode(piece?.value).slice(0, 200);
  const message =
    `${context.provider} answered 200 with ${type} instead of an event stream: ${start} ` +
    `Check that ${context.baseUrl} is the address of the API.`;
  throw failure('PROVIDER_UNAVAILABLE', message, context, { retryable: true });
}
