/**
 * An HTTP response whose status is not 2xx. The transport's `fetch` throws it, so that the SDKs cannot lose parts
 * of it: they drop bodies that are lists and do not limit what they read. Its text may contain a key: never show
 * it.
 */
export class HttpStatusError extends Error {
  override readonly name = 'HttpStatusError';
  readonly status: number;
  readonly headers: Headers;
  /** The requested URL, without its query. */
  readonly url: string;
  /** The first 64 KB of the body, decoded. */
  readonly text: string;

  constructor(answer: { status: number; headers: Headers; url: string; text: string }) {
    // The SDKs treat an error whose text contains "timed out" as a timeout, so the body is not in the message.
    super(`answered ${answer.status}`);
    this.status = answer.status;
    this.headers = answer.headers;
    this.url = answer.url;
    this.text = answer.text;
  }
}

/** The HTTP error that an SDK's error was caused by; `undefined` if there is none. */
export function statusErrorIn(error: unknown): HttpStatusError | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 6; cause = cause.cause, depth += 1) {
    if (cause instanceof HttpStatusError) return cause;
  }
  return undefined;
}
