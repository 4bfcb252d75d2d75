import type { Usage } from '@stagewire/shared';
import type { Clock } from '../runtime/clock.ts';
import { nextTurn } from '../runtime/wait.ts';
import type { AnswerReader } from './answer-reader.ts';
import { isPromptTruncated, findEmptyAnswer } from './find-empty-answer.ts';
import { isRecord, parseBody } from './error-body.ts';
import { summarizePage } from './error-page.ts';
import { readBody, type BodyLimits, type StreamEvent } from './event-stream.ts';
import type { ErrorContext } from './provider-error.ts';
import { failure, failureOf, failureOfBody, safeText, wrongAddress } from './provider-error.ts';
import { ProviderFailure } from './provider.ts';
import type { ProviderCall, ProviderEvent, ProviderRequest } from './provider.ts';
import { errorIn } from './stream-error.ts';
import { takeJoined } from './take-joined.ts';
import { createThoughtTags } from './thought-tags.ts';

/** A response whose headers have arrived, and the reader for it. */
export interface OpenedAnswer {
  readonly response: Response;
  readonly reader: AnswerReader<unknown>;
}

export interface AnswerOptions {
  /** `signal` ends the request and its response. */
  open(signal: AbortSignal): Promise<OpenedAnswer>;
  readonly request: ProviderRequest;
  readonly call: ProviderCall;
  readonly context: ErrorContext;
  readonly clock: Clock;
  /** See RemoteOptions. */
  readonly trailerTimeoutMs: number;
  readonly limits: BodyLimits;
  /** Called when the provider reports that it read less than half of what was sent; what it returns is thrown. */
  onPromptTruncated(usage: Usage): ProviderFailure | undefined;
}

/** Characters that are read before the event loop gets a turn. */
const CHARS_PER_TURN = 32_768;

/**
 * Turns a response into the events of a provider and decides its outcome: an abort ends the iteration silently, an
 * answer whose end was seen ends with `finish`, everything else throws. The kind of a body is detected from its
 * first bytes: events, one JSON document, or a web page. Thoughts between tags at the start of the text are emitted
 * as reasoning.
 */
export async function* streamAnswer(options: AnswerOptions): AsyncGenerator<ProviderEvent, void, undefined> {
  const { context, clock } = options;
  const { signal } = options.call;
  if (signal.aborted) return;
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const collector = createAnswerCollector(context, options.request);
  let opened: OpenedAnswer | undefined;
  let cancelTrailer: (() => void) | undefined;
  let lateError: ProviderFailure | undefined;
  try {
    opened = await options.open(controller.signal);
    let charsInTurn = 0;
    for await (const piece of readBody(bodyOf(opened.response), options.limits)) {
      if (signal.aborted) return;
      const events = piece.kind === 'events' ? piece.events : [piece];
      for (let at = 0; at < events.length;) {
        for (; at < events.length && charsInTurn < CHARS_PER_TURN; at += 1) {
          const event = events[at] ?? piece;
          if ('kind' in event) collector.readOther(event, opened);
          else {
            collector.readEvent(event, opened.reader);
            charsInTurn += event.data.length;
          }
          if (opened.reader.finishReason !== undefined) {
            // The usage may still arrive, and the connection can be reused only if the body was read to its end.
            cancelTrailer ??= clock.after(options.trailerTimeoutMs, () => controller.abort());
          }
        }
        for (const item of takeJoined(collector.output)) {
          yield item;
          if (signal.aborted) return;
        }
        if (charsInTurn >= CHARS_PER_TURN) {
          charsInTurn = 0;
          await nextTurn(clock);
          if (signal.aborted) return;
        }
      }
    }
  } catch (error) {
    if (signal.aborted) return;
    for (const item of takeJoined(collector.output)) {
      yield item;
      if (signal.aborted) return;
    }
    // An error after the event that completes the answer does not invalidate it.
    if (opened?.reader.finishReason === undefined) throw failureOf(error, opened !== undefined, context);
    lateError = error instanceof ProviderFailure ? error : undefined;
  } finally {
    cancelTrailer?.();
    signal.removeEventListener('abort', stop);
  }
  if (signal.aborted) return;
  yield* ending(options, { reader: opened.reader, response: opened.response, collector, lateError });
}

interface ReceivedAnswer {
  readonly reader: AnswerReader<unknown>;
  readonly response: Response;
  readonly collector: AnswerCollector;
  /** An error that arrived after the event that completes the answer. It counts only if there was no text. */
  readonly lateError: ProviderFailure | undefined;
}

function* ending(
  options: AnswerOptions,
  received: ReceivedAnswer,
): Generator<ProviderEvent, void, undefined> {
  const { request, context, call } = options;
  const { reader, collector, lateError } = received;
  collector.end();
  yield* collector.output;
  if (call.signal.aborted) return;
  if (reader.finishReason === undefined) throw truncatedFailure(received, context);
  const usage = reliableUsage(reader.usage, collector);
  if (usage !== undefined) {
    yield { type: 'usage', usage };
    if (call.signal.aborted) return;
    if (usage.source === 'final' && isPromptTruncated(request, usage)) {
      const cut = options.onPromptTruncated(usage);
      if (cut !== undefined) throw cut;
    }
  }
  if (reader.refusal !== undefined) throw reader.refusal;
  if (!collector.hasText && lateError !== undefined) throw lateError;
  const emptyAnswer = findEmptyAnswer({ reader, request, context, usage, ...collector.summary() });
  if (emptyAnswer !== undefined) throw emptyAnswer;
  yield { type: 'finish', finishReason: reader.finishReason };
}

/** Servers that do not count tokens send zeros: such usage is not final. */
function reliableUsage(usage: Usage | undefined, collector: AnswerCollector): Usage | undefined {
  if (usage === undefined || (usage.inputTokens === 0 && usage.outputTokens === 0)) return undefined;
  const counted = usage.inputTokens > 0 && (usage.outputTokens > 0 || !collector.summary().hasOutput);
  return { ...usage, source: counted ? 'final' : 'partial' };
}

interface AnswerCollector {
  /** Events to emit next. The caller that emits them empties it. */
  readonly output: ProviderEvent[];
  /** Whether there was text that is not blank. */
  readonly hasText: boolean;
  readEvent(event: StreamEvent, reader: AnswerReader<unknown>): void;
  readOther(piece: { readonly kind: string; readonly text?: string }, opened: OpenedAnswer): void;
  end(): void;
  summary(): {
    readonly hasText: boolean;
    readonly hasOutput: boolean;
    readonly hasReasoning: boolean;
    readonly isThoughtOpen: boolean;
  };
  /** Data of the stream that is neither an event nor an error of the API. */
  readonly unexpectedData: string;
}

function createAnswerCollector(context: ErrorContext, request: ProviderRequest): AnswerCollector {
  const output: ProviderEvent[] = [];
  const incoming: ProviderEvent[] = [];
  const tags = createThoughtTags({
    isContinuation: request.messages.some(({ role }) => role === 'assistant'),
  });
  let hasText = false;
  let hasReasoning = false;
  let done = false;
  let unexpectedData = '';

  function emit(): void {
    const from = output.length;
    for (const item of incoming) {
      if (item.type === 'text') tags.text(item.text, output);
      else if (item.type !== 'usage' || item.usage.inputTokens + item.usage.outputTokens > 0)
        output.push(item);
    }
    incoming.length = 0;
    note(from);
  }

  function note(from: number): void {
    for (const item of output.slice(from)) {
      if (item.type === 'text') hasText ||= item.text.trim() !== '';
      else if (item.type === 'reasoning') hasReasoning = true;
    }
  }

  function readJson(parsed: unknown, name: string, reader: AnswerReader<unknown>): void {
    const error = errorIn(parsed, name);
    try {
      reader.read(parsed, incoming);
    } catch (thrown) {
      if (error === undefined) throw thrown;
    } finally {
      emit();
    }
    if (error === undefined) return;
    // It counts what the failed answer has used.
    if (reader.usage !== undefined)
      output.push({ type: 'usage', usage: { ...reader.usage, source: 'final' } });
    throw failureOfBody(error, context);
  }

  return {
    output,
    get hasText() {
      return hasText;
    },
    get unexpectedData() {
      return unexpectedData;
    },
    readEvent({ name, data }, reader) {
      const first = data.trimStart()[0];
      if (first === undefined || done) return;
      if (name === 'no event') {
        unexpectedData ||= data.slice(0, 1_000);
        return;
      }
      if (name === 'error field') {
        const error = failureOfBody(parseBody(data), context);
        if (!error.retryable) throw error;
        unexpectedData = error.message;
        return;
      }
      if (data.trimStart().startsWith('[DONE]')) {
        done = true;
        reader.done();
        return;
      }
      if (first === '{' || first === '[') {
        const parsed = jsonOf(data);
        if (parsed === undefined) {
          // Proxies that drop empty lines merge several events into one, a line each.
          for (const line of data.split('\n')) this.readEvent({ name, data: line }, reader);
          return;
        }
        for (const one of Array.isArray(parsed) ? parsed : [parsed]) readJson(one, name, reader);
      } else if (name === 'error') throw failureOfBody(data, context);
      else unexpectedData = data.slice(0, 1_000);
    },
    readOther(piece, { reader, response }) {
      const text = piece.text ?? '';
      if (piece.kind === 'page') throw notAnApiResponse(text, response, context);
      const documents = documentsIn(text);
      if (documents === undefined) throw new SyntaxError('the document is incomplete');
      for (const one of documents) {
        const error = isRecord(one) ? errorIn(one, '') : undefined;
        if (error !== undefined) throw failureOfBody(error, context, { url: response.url });
        if (!isRecord(one)) throw notAnApiResponse(text, response, context);
        if (Array.isArray(one['choices']) && documents.length > 1) readJson(one, '', reader);
        else if (!reader.readWhole(one, incoming)) throw notAnApiResponse(text, response, context);
        emit();
      }
      // The end of a list is explicit; with one document per line, the end of the body is the only end.
      if (documents.length > 1 && text.trimStart().startsWith('[')) reader.done();
    },
    end() {
      const from = output.length;
      tags.end(output);
      note(from);
    },
    summary: () => ({ hasText, hasOutput: hasText || hasReasoning, hasReasoning, isThoughtOpen: tags.open }),
  };
}

/**
 * Returns `undefined` if the data is several lines that are not one document. @throws SyntaxError if a single line
 * is invalid.
 */
function jsonOf(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (error) {
    if (data.includes('\n')) return undefined;
    throw error;
  }
}

/** One document, the entries of a list, or one document per line; `undefined` if it is none of these. */
function documentsIn(text: string): readonly unknown[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? (parsed as readonly unknown[]) : [parsed];
  } catch {
    try {
      return text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line): unknown => JSON.parse(line));
    } catch {
      return undefined;
    }
  }
}

function bodyOf(response: Response): ReadableStream<Uint8Array> {
  return response.body ?? new Blob([]).stream();
}

function truncatedFailure({ response, collector }: ReceivedAnswer, context: ErrorContext): ProviderFailure {
  const type = response.headers.get('content-type') ?? 'without a content type';
  const details =
    collector.unexpectedData === '' ? '' : ` It sent: ${safeText(collector.unexpectedData, context, 200)}`;
  const message = `${context.provider} closed the stream before the answer was complete (${type}).${details}`;
  return failure('PROVIDER_TRUNCATED', message, context, { retryable: true });
}

/** A response with a success status whose body is a web page, or a JSON document that is not an answer. */
function notAnApiResponse(text: string, response: Response, context: ErrorContext): ProviderFailure {
  const type = response.headers.get('content-type') ?? 'a body without a content type';
  const words = safeText(/^\s*</.test(text) ? summarizePage(text) : text, context, 160);
  const message =
    `${context.provider} answered ${response.status} with ${type} instead of an API response: ${words} ` +
    wrongAddress(response.url === '' ? undefined : response.url, context);
  return failure('PROVIDER_UNAVAILABLE', message, context, { retryable: false, reason: 'wrong_address' });
}
