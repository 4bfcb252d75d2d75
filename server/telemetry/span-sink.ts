import type { TraceSpan } from './trace-span.ts';

/** Where spans are sent. */
export interface SpanSink {
  /**
   * Resolves when the collector has accepted the spans, or has rejected some of them for good; `rejected` is their number.
   *
   * @throws CollectorUnavailable if they may be accepted later
   */
  send(spans: readonly TraceSpan[], signal: AbortSignal): Promise<{ readonly rejected: number }>;
}

/** The collector did not accept the spans this time. */
export class CollectorUnavailable extends Error {
  override readonly name = 'CollectorUnavailable';
  /** How long the collector asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: { readonly retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
  }
}
