import { StagewireClientError } from './client-error.ts';
import { shownUrl } from './endpoint.ts';
import { isFinal, notStagewire } from './parse-error.ts';

export interface CheckedFetchOptions {
  readonly fetch: typeof fetch;
  /** The longest answer that is read, in bytes after decompression. */
  readonly maxAnswerBytes: number;
  /** A part of the answer's body has come. */
  readonly onPiece?: () => void;
}

/** What tRPC needs of a response. */
interface CheckedResponse {
  readonly ok: boolean;
  readonly status: number;
  json(): Promise<unknown>;
}

/**
 * A `fetch` for calls that trusts nobody: it follows no redirect, which could carry a task to another origin, reads no
 * answer without an end, and tells a page of some other server apart from a lost reply, which would be asked for again.
 */
export function createCheckedFetch({ fetch, maxAnswerBytes, onPiece = () => {} }: CheckedFetchOptions) {
  return async (
    input: string | URL | Request,
    init?: { signal?: AbortSignal | null | undefined },
  ): Promise<CheckedResponse> => {
    const controller = new AbortController();
    const abort = () => controller.abort();
    if (init?.signal?.aborted === true) abort();
    init?.signal?.addEventListener('abort', abort, { once: true });
    const response = await fetch(input, { ...init, redirect: 'manual', signal: controller.signal });
    const { ok, status } = response;
    const why = refusalOf(response);
    if (why !== undefined) {
      // Of what is not wanted nothing more is read; that it cannot be cancelled changes nothing.
      await response.body?.cancel().catch(() => {});
      throw notStagewire(status, why);
    }
    return {
      ok,
      status,
      async json() {
        const text = await readText(response, { maxBytes: maxAnswerBytes, abort, onPiece });
        init?.signal?.removeEventListener('abort', abort);
        try {
          return JSON.parse(text) as unknown;
        } catch (error) {
          // A reply that was cut off has failed before this, while it was read.
          if (isFinal(status)) throw notStagewire(status, 'it is not JSON, though it says so');
          throw error;
        }
      },
    };
  };
}

/** Why an answer is not that of a server; `undefined` if it may be. */
function refusalOf(response: Response): string | undefined {
  const { status } = response;
  if (isRedirect(response)) return `it leads ${targetOf(response)}`;
  if (response.headers.get('content-type')?.includes('json') === true) return undefined;
  if (status === 401 || status === 407) return 'something in front of it asks who you are';
  return isFinal(status) ? 'it is not JSON' : undefined;
}

function isRedirect(response: Response): boolean {
  const { status } = response;
  return response.type === 'opaqueredirect' || response.redirected || (status >= 300 && status < 400);
}

/** A browser does not tell a page where a redirect leads. */
function targetOf({ headers, redirected, url }: Response): string {
  const target = redirected ? url : headers.get('location');
  return target === null || target === '' ? 'to another address' : `to ${shownUrl(target)}`;
}

interface ReadOptions {
  readonly maxBytes: number;
  readonly abort: () => void;
  readonly onPiece: () => void;
}

/**
 * Counts a copy while the platform reads the answer itself: to Chrome, an answer read piece by piece looks cancelled,
 * and its tools show it so.
 */
async function readText(response: Response, { maxBytes, abort, onPiece }: ReadOptions): Promise<string> {
  const counting = countUpTo(response, { maxBytes, onPiece });
  const reading = response.text();
  // It fails by the abort below; who waits is told of the reason for that.
  reading.catch(() => {});
  if (!(await counting)) {
    abort();
    throw tooLarge(maxBytes);
  }
  const text = await reading;
  if (text.length > maxBytes) throw tooLarge(maxBytes);
  return text;
}

/** Has the answer no more bytes than that? Where the platform has no streams, it is not known here. */
async function countUpTo(
  response: Response,
  { maxBytes, onPiece }: Omit<ReadOptions, 'abort'>,
): Promise<boolean> {
  if (response.body?.getReader === undefined) return true;
  const reader = response.clone().body?.getReader();
  if (reader === undefined) return true;
  for (let bytes = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return true;
    bytes += value.byteLength;
    onPiece();
    if (bytes <= maxBytes) continue;
    // Not awaited: it waits for the other copy.
    reader.cancel().catch(() => {});
    return false;
  }
}

function tooLarge(maxAnswerBytes: number): StagewireClientError {
  const message = `The answer is larger than maxAnswerBytes (${maxAnswerBytes} bytes); reading it was aborted.`;
  return new StagewireClientError('ANSWER_TOO_LARGE', message, { details: { maxAnswerBytes } });
}
