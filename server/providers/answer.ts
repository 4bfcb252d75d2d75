import type { Usage } from '@stagewire/shared';

import type { Clock } from '../runtime/clock.ts';
import { nextTurn } from '../runtime/wait.ts';
import type { AnswerReader } from './answer-reader.ts';
import { isTooLittle, nothingWritten } from './answer-judgement.ts';
import { isRecord, parsedBody } from './error-body.ts';
import { pageWords } from './error-page.ts';
import { readBody, type BodyLimits, type WireEvent } from './event-stream.ts';
import type { ErrorContext } from './provider-error.ts';
import { failure, failureOf, failureOfBody, safeWords, wrongAddress } from './provider-error.ts';
import { ProviderFailure } from './provider.ts';
import type { ProviderCall, ProviderEvent, ProviderRequest } from './provider.ts';
import { errorIn } from './stream-error.ts';
import { createThoughtTags } from './thought-tags.ts';

/** A response whose headers are there, and who can read it. */
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
  /** Told when the provider says that it read less than half of what was sent; what it returns is thrown. */
  onTooLittleRead(usage: Usage): ProviderFailure | undefined;
}

/** Characters that are read before others get a turn of the event loop. */
const CHARS_PER_TURN = 32_768;

/**
 * Turns a response into the events of a provider, and decides its outcome: an abort ends this silently, an answer whose
 * end was seen ends with `finish`, everything else throws. What a body is, is judged by its first bytes: events, one
 * JSON document, or a web page. Thoughts between tags at the front of the text are told as reasoning.
 */
export async function* streamAnswer(options: AnswerOptions): AsyncGenerator<ProviderEvent, void, undefined> {
  const { context, clock } = options;
  const { signal } = options.call;
  if (signal.aborted) return;
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const listening = createAnswerCollector(context, options.request);
  let opened: OpenedAnswer | undefined;
  let cancelTrailer: (() => void) | undefined;
  let late: ProviderFailure | undefined;
  try {
    opened = await options.open(controller.signal);
    let charsInTurn = 0;
    for await (const piece of readBody(bodyOf(opened.response), options.limits)) {
      if (signal.aborted) return;
      for (const event of piece.is === 'events' ? piece.events : [piece]) {
        if ('is' in event) listening.readOther(event, opened);
        else listening.readEvent(event, opened.reader);
        for (const item of listening.said) {
          yield item;
          if (signal.aborted) return;
        }
        listening.said.length = 0;
        if (opened.reader.finishReason !== undefined) {
          // The usage may still come, and reading to the end lets the connection be used again.
          cancelTrailer ??= clock.after(options.trailerTimeoutMs, () => controller.abort());
        }
        charsInTurn += 'is' in event ? 0 : event.data.length;
        if (charsInTurn >= CHARS_PER_TURN) {
          charsInTurn = 0;
          await nextTurn(clock);
          if (signal.aborted) return;
        }
      }
    }
  } catch (error) {
    if (signal.aborted) return;
    for (const item of listening.said) {
      yield item;
      if (signal.aborted) return;
    }
    listening.said.length = 0;
    // What goes wrong behind a complete answer takes nothing from it.
    if (opened?.reader.finishReason === undefined) throw failureOf(error, opened !== undefined, context);
    late = error instanceof ProviderFailure ? error : undefined;
  } finally {
    cancelTrailer?.();
    signal.removeEventListener('abort', stop);
  }
  if (signal.aborted) return;
  yield* ending(options, { reader: opened.reader, response: opened.response, listening, late });
}

interface Heard {
  readonly reader: AnswerReader<unknown>;
  readonly response: Response;
  readonly listening: AnswerCollector;
  /** An error that was told behind the event that completes the answer: it counts if there was no text. */
  readonly late: ProviderFailure | undefined;
}

function* ending(options: AnswerOptions, heard: Heard): Generator<ProviderEvent, void, undefined> {
  const { request, context, call } = options;
  const { reader, listening, late } = heard;
  listening.end();
  yield* listening.said;
  if (call.signal.aborted) return;
  if (reader.finishReason === undefined) throw truncated(heard, context);
  const usage = trusted(reader.usage, listening);
  if (usage !== undefined) {
    yield { type: 'usage', usage };
    if (call.signal.aborted) return;
    if (usage.source === 'final' && isTooLittle(request, usage)) {
      const cut = options.onTooLittleRead(usage);
      if (cut !== undefined) throw cut;
    }
  }
  if (reader.refusal !== undefined) throw reader.refusal;
  if (!listening.wrote && late !== undefined) throw late;
  const nothing = nothingWritten({ reader, request, context, usage, ...listening.summary() });
  if (nothing !== undefined) throw nothing;
  yield { type: 'finish', finishReason: reader.finishReason };
}

/** Zeros are what servers send that do not count: nothing is final then. */
function trusted(usage: Usage | undefined, listening: AnswerCollector): Usage | undefined {
  if (usage === undefined || (usage.inputTokens === 0 && usage.outputTokens === 0)) return undefined;
  const counted = usage.inputTokens > 0 && (usage.outputTokens > 0 || !listening.summary().spoke);
  return { ...usage, source: counted ? 'final' : 'partial' };
}

interface AnswerCollector {
  /** What is to be told next; whoever tells it empties it. */
  readonly said: ProviderEvent[];
  /** Whether there was text that is not blank. */
  readonly wrote: boolean;
  readEvent(event: WireEvent, reader: AnswerReader<unknown>): void;
  readOther(piece: { readonly is: string; readonly text?: string }, opened: OpenedAnswer): void;
  end(): void;
  summary(): {
    readonly wrote: boolean;
    readonly spoke: boolean;
    readonly reasoned: boolean;
    readonly thoughtOpen: boolean;
  };
  /** What came on the stream and is neither an event of the API nor an error of it. */
  readonly stray: string;
}

function createAnswerCollector(context: ErrorContext, request: ProviderRequest): AnswerCollector {
  const said: ProviderEvent[] = [];
  const fresh: ProviderEvent[] = [];
  const tags = createThoughtTags({ goesOn: request.messages.some(({ role }) => role === 'assistant') });
  let wrote = false;
  let reasoned = false;
  let done = false;
  let stray = '';

  function emit(): void {
    const from = said.length;
    for (const item of fresh) {
      if (item.type === 'text') tags.text(item.text, said);
      else if (item.type !== 'usage' || item.usage.inputTokens + item.usage.outputTokens > 0) said.push(item);
    }
    fresh.length = 0;
    note(from);
  }

  function note(from: number): void {
    for (const item of said.slice(from)) {
      if (item.type === 'text') wrote ||= item.text.trim() !== '';
      else if (item.type === 'reasoning') reasoned = true;
    }
  }

  function readJson(parsed: unknown, name: string, reader: AnswerReader<unknown>): void {
    const error = errorIn(parsed, name);
    try {
      reader.read(parsed, fresh);
    } catch (thrown) {
      if (error === undefined) throw thrown;
    } finally {
      emit();
    }
    if (error === undefined) return;
    // It counts what the failed answer has used.
    if (reader.usage !== undefined) said.push({ type: 'usage', usage: { ...reader.usage, source: 'final' } });
    throw failureOfBody(error, context);
  }

  return {
    said,
    get wrote() {
      return wrote;
    },
    get stray() {
      return stray;
    },
    readEvent({ name, data }, reader) {
      const first = data.trimStart()[0];
      if (first === undefined || done) return;
      if (name === 'no event') {
        stray ||= data.slice(0, 1_000);
        return;
      }
      if (name === 'error field') {
        const told = failureOfBody(parsedBody(data), context);
        if (!told.retryable) throw told;
        stray = told.message;
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
          // Proxies that drop empty lines make several events one, a line each.
          for (const line of data.split('\n')) this.readEvent({ name, data: line }, reader);
          return;
        }
        for (const one of Array.isArray(parsed) ? parsed : [parsed]) readJson(one, name, reader);
      } else if (name === 'error') throw failureOfBody(data, context);
      else stray = data.slice(0, 1_000);
    },
    readOther(piece, { reader, response }) {
      const text = piece.text ?? '';
      if (piece.is === 'page') throw notTheApi(text, response, context);
      const documents = documentsIn(text);
      if (documents === undefined) throw new SyntaxError('the document is not whole');
      for (const one of documents) {
        const error = isRecord(one) ? errorIn(one, '') : undefined;
        if (error !== undefined) throw failureOfBody(error, context, { url: response.url });
        if (!isRecord(one)) throw notTheApi(text, response, context);
        if (Array.isArray(one['choices']) && documents.length > 1) readJson(one, '', reader);
        else if (!reader.readWhole(one, fresh)) throw notTheApi(text, response, context);
        emit();
      }
      // The end of a list is one; lines just stop.
      if (documents.length > 1 && text.trimStart().startsWith('[')) reader.done();
    },
    end() {
      const from = said.length;
      tags.end(said);
      note(from);
    },
    summary: () => ({ wrote, spoke: wrote || reasoned, reasoned, thoughtOpen: tags.open }),
  };
}

/** `undefined`: it is several lines, and no document together. @throws SyntaxError if one line is none. */
function jsonOf(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (error) {
    if (data.includes('\n')) return undefined;
    throw error;
  }
}

/** One document, the entries of a list, or one document a line; `undefined` if it is none of these. */
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

function truncated({ response, listening }: Heard, context: ErrorContext): ProviderFailure {
  const type = response.headers.get('content-type') ?? 'without a content type';
  const stray = listening.stray === '' ? '' : ` It said: ${safeWords(listening.stray, context, 200)}`;
  const message = `${context.provider} closed the stream before the answer was complete (${type}).${stray}`;
  return failure('PROVIDER_TRUNCATED', message, context, { retryable: true });
}

/** A web page or a JSON document that is no answer came with a status of success. */
function notTheApi(text: string, response: Response, context: ErrorContext): ProviderFailure {
  const type = response.headers.get('content-type') ?? 'a body without a content type';
  const words = safeWords(/^\s*</.test(text) ? pageWords(text) : text, context, 160);
  const message =
    `${context.provider} answered ${response.status} with ${type} instead of an answer of the API: ${words} ` +
    wrongAddress(response.url === '' ? undefined : response.url, context);
  return failure('PROVIDER_UNAVAILABLE', message, context, { retryable: false, reason: 'wrong_address' });
}
