import { StagewireClientError } from './client-error.ts';
import { shownUrl } from './endpoint.ts';
import { isFinal, notStagewire } from './parse-error.ts';

export interface CheckedFetchOptions {
  readonly fetch: typeof fetch;
  /** The size limit of a reply, in bytes after decompression. */
  readonly maxAnswerBytes: number;
  /** Called for each received chunk of the body. */
  readonly onPiece?: () => void;
}

/** The part of a response that tRPC uses. */
interface CheckedResponse {
  readonly ok: boolean;
  readonly status: number;
  json(): Promise<unknown>;
}

/**
 * A defensive `fetch` for calls: it follows no redirect, which could send a task to another origin, limits the size of
 * replies, and distinguishes a page of another server from a lost reply, which would be retried.
 */
export function createCheckedFetch({ fetch, maxAnswerBytes, onPiece = () => {} }: CheckedFetchOptions) {
  return async (input: string | URL | Request, init?: RequestInit): Promise<CheckedResponse> => {
    const controller = new AbortController();
    const abort = () => controller.abort();
    if (init?.signal?.aborted === true) abort();
    init?.signal?.addEventListener('abort', abort, { once: true });
    const response = await fetch(input, { ...init, redirect: 'manual', signal: controller.signal });
    const { ok, status } = response;
    const why = refusalOf(response);
    if (why !== undefined) {
      // The rest is not read; a failure to cancel it does not matter.
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
          // A truncated reply has already failed while it was read.
          if (isFinal(status)) throw notStagewire(status, 'it is not JSON, though it says so');
          throw error;
        }
      },
    };
  };
}

/** Why a reply is not from a Stagewire server; `undefined` if it may be. */
export function refusalOf(response: Response): string | undefined {
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

/** Browsers hide the target of a redirect from a page. */
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
 * Counts a clone while the platform reads the response itself: Chrome's developer tools show a response that is read in
 * chunks as cancelled.
 */
async function readText(response: Response, { maxBytes, abort, onPiece }: ReadOptions): Promise<string> {
  const counting = countUpTo(response, { maxBytes, onPiece });
  const reading = response.text();
  // It rejects after the abort below; the caller gets the reason from here.
  reading.catch(() => {});
  if (!(await counting)) {
    abort();
    throw tooLarge(maxBytes);
  }
  const text = await reading;
  if (text.length > maxBytes) throw tooLarge(maxBytes);
  return text;
}

/** Whether the reply has at most that many bytes. Without streams on the platform, it is not checked here. */
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
