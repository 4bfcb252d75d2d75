/**
 * An HTTP answer that is no 2xx. It is thrown by the `fetch` of a wire, so that nothing of it is lost on the way through
 * an SDK: those drop bodies that are lists and do not bound what they read. Its text may hold a key: never show it.
 */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly status: number;
  readonly headers: Headers;
  /** What was asked, without a query. */
  readonly url: string;
  /** The body's first 64 KB, decoded. */
  readonly text: string;

  constructor(answer: { status: number; headers: Headers; url: string; text: string }) {
    // The SDKs take an error whose text has "timed out" in it for a timeout: the body is not in the message.
    super(`answered ${answer.status}`);
    this.status = answer.status;
    this.headers = answer.headers;
    this.url = answer.url;
    this.text = answer.text;
  }
}

/** The refusal that an SDK's error was made from; `undefined` if it was made from something else. */
export function refusalIn(error: unknown): HttpRefusal | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 6; cause = cause.cause, depth += 1) {
    if (cause instanceof HttpRefusal) return cause;
  }
  return undefined;
}
