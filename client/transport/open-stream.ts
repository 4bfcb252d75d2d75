import type { StagewireError } from '@stagewire/shared';
import { asError } from '@stagewire/shared/caught-error';
import { refusalOf } from './checked-fetch.ts';
import { StagewireClientError } from './client-error.ts';
import { notStagewire, refusalIn } from './parse-error.ts';
import { requestHeaders, type RequestHeadersOptions } from './request-headers.ts';
import type { Session } from './session.ts';
import { createSseParser, type ServerSentEvent } from './sse-parser.ts';

export interface OpenStreamOptions extends RequestHeadersOptions {
  readonly session: Session;
  readonly fetch: typeof fetch;
  /** Timeout for the first byte of the stream, in milliseconds. */
  readonly openTimeoutMs: number;
  /** The size limit of an event, in chars (UTF-16 code units). */
  readonly maxMessageChars: number;
}

export interface StreamCallbacks {
  /** Called for each received chunk. */
  readonly onChunk: () => void;
  /** Called for each event of the subscription. */
  readonly onData: (tracked: { readonly id: string | undefined; readonly data: unknown }) => void;
}

/** How a stream has ended. */
export type StreamEnd =
  /** The server has completed the subscription. */
  | { readonly status: 'complete' }
  | { readonly status: 'refused'; readonly error: StagewireError | StagewireClientError }
  | { readonly status: 'lost'; readonly cause: Error };

/** The silence after which a stream counts as lost, unless the server names another time, in milliseconds. */
const usualSilenceMs = 45_000;

/** A timer this late means a busy event loop or a suspended machine: chunks that arrived meanwhile are still unread. */
const lateMs = 1000;

/** Reads one subscription as server-sent events until its end. It never rejects. */
export async function openStream(
  url: string,
  options: OpenStreamOptions & { readonly signal: AbortSignal },
  { onChunk, onData }: StreamCallbacks,
): Promise<StreamEnd> {
  const { session } = options;
  const controller = new AbortController();
  const abort = () => controller.abort();
  options.signal.addEventListener('abort', abort, { once: true });
  if (options.signal.aborted) abort();
  let silence: Error | undefined;
  let silenceMs = options.openTimeoutMs;
  let heardAt = session.elapsedMs();
  let cancelTimer = () => {};
  let end: StreamEnd | undefined;

  // One timer for many chunks: when it fires, it checks the time of the last one.
  const watch = (delayMs: number) => {
    const dueAt = session.elapsedMs() + delayMs;
    cancelTimer();
    cancelTimer = session.clock.after(delayMs, () => {
      const leftMs = heardAt + silenceMs - session.elapsedMs();
      if (leftMs > 1) return watch(leftMs);
      if (session.elapsedMs() - dueAt > lateMs) return watch(lateMs);
      silence = new Error(`no data within ${Math.round(silenceMs)} ms`);
      abort();
    });
  };

  const take = ({ event, data, id }: ServerSentEvent) => {
    if (end !== undefined) return;
    if (event === 'message') onData({ id, data: parsed(data) });
    else if (event === 'return') end = { status: 'complete' };
    else if (event === 'connected') {
      silenceMs = silenceOf(data);
      watch(silenceMs);
    } else if (event === 'serialized-error') {
      const error = refusalIn({ error: parsed(data) });
      end = { status: 'refused', error: error ?? foreign(200, 'its event stream has an unknown error') };
    }
  };

  try {
    watch(silenceMs);
    const headers = await requestHeaders(options, controller.signal);
    const response = await options.fetch(url, {
      headers: { accept: 'text/event-stream', ...headers },
      redirect: 'manual',
      cache: 'no-store',
      signal: controller.signal,
    });
    const refusal = await refusalIf(response);
    if (refusal !== undefined) return refusal;
    if (response.body === null) throw new Error('the platform cannot read a response while it arrives');
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const parser = createSseParser(options.maxMessageChars, take);
    // oxlint-disable-next-line no-unmodified-loop-condition -- the parser calls `take`, which sets it
    while (end === undefined) {
      const { done, value } = await reader.read();
      if (done) return { status: 'lost', cause: new Error('the response has ended early') };
      heardAt = session.elapsedMs();
      onChunk();
      parser.push(decoder.decode(value, { stream: true }));
    }
    return end;
  } catch (error) {
    if (error instanceof StagewireClientError) return { status: 'refused', error };
    return { status: 'lost', cause: silence ?? asError(error) };
  } finally {
    cancelTimer();
    options.signal.removeEventListener('abort', abort);
    // The connection is needed for other requests.
    abort();
  }
}

/** An answer that is no event stream; `undefined` if it is one. */
async function refusalIf(response: Response): Promise<StreamEnd | undefined> {
  const type = response.headers.get('content-type') ?? '';
  const isStream = response.status === 200 && type.includes('text/event-stream');
  if (isStream && !response.redirected) return undefined;
  const why = refusalOf(response);
  if (why !== undefined) return { status: 'refused', error: notStagewire(response.status, why) };
  const error = type.includes('json') ? refusalIn(await response.json()) : undefined;
  if (error !== undefined) return { status: 'refused', error };
  return { status: 'lost', cause: new Error(`HTTP ${response.status}`) };
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    throw foreign(200, 'its event stream has an event that is not JSON');
  }
}

function foreign(status: number, what: string): StagewireClientError {
  return notStagewire(status, what);
}

/** How long the server may be silent, as it says in its first message. */
function silenceOf(data: string): number {
  const options = parsed(data) as { readonly reconnectAfterInactivityMs?: unknown } | null;
  const ms = options?.reconnectAfterInactivityMs;
  return typeof ms === 'number' && ms >= 100 ? ms : usualSilenceMs;
}
