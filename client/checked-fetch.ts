import { StagewireClientError } from './client-error.ts';
import { shownUrl } from './endpoint.ts';
import { isFinal, notStagewire } from './verdict.ts';

export interface CheckedFetchOptions {
  readonly fetch: typeof fetch;
  /** The longest answer that is read, in bytes after decompression. */
  readonly maxAnswerBytes: number;
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
export function createCheckedFetch({ fetch, maxAnswerBytes }: CheckedFetchOptions) {
  return async (input: string | URL | Request, init?: object): Promise<CheckedResponse> => {
    const response = await fetch(input, { ...init, redirect: 'manual' });
    const { status } = response;
    const reject = async (why: string): Promise<never> => {
      // Of what is not wanted nothing more is read; that it cannot be cancelled changes nothing.
      await response.body?.cancel().catch(() => {});
      throw notStagewire(status, why);
    };
    if (isRedirect(response)) return await reject(`it leads ${targetOf(response)}`);
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    if (!isJson && (status === 401 || status === 407))
      return await reject('something in front of it asks who you are');
    if (!isJson && isFinal(status)) return await reject('it is not JSON');
    return {
      ok: response.ok,
      status,
      async json() {
        const text = await readText(response, maxAnswerBytes);
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

function isRedirect(response: Response): boolean {
  const { status } = response;
  return response.type === 'opaqueredirect' || response.redirected || (status >= 300 && status < 400);
}

/** A browser does not tell a page where a redirect leads. */
function targetOf({ headers, redirected, url }: Response): string {
  const target = redirected ? url : headers.get('location');
  return target === null || target === '' ? 'to another address' : `to ${shownUrl(target)}`;
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  const reader = response.body?.getReader?.();
  if (reader === undefined) {
    // Some platforms have no streams for answers: there the bound is looked at afterwards.
    const text = await response.text();
    if (text.length > maxBytes) throw tooLarge(maxBytes);
    return text;
  }
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel().catch(() => {});
      throw tooLarge(maxBytes);
    }
    parts.push(decoder.decode(value, { stream: true }));
  }
  parts.push(decoder.decode());
  return parts.join('');
}

function tooLarge(maxAnswerBytes: number): StagewireClientError {
  const message = `The answer is longer than ${maxAnswerBytes} bytes (maxAnswerBytes), and was not read to its end.`;
  return new StagewireClientError('ANSWER_TOO_LARGE', message, { details: { maxAnswerBytes } });
}
