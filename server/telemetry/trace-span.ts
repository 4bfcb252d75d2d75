/** A value of an attribute, as OpenTelemetry has them. */
export type AttributeValue = string | number | boolean | readonly string[];

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A span, by ids in lower-case hexadecimal. */
export interface SpanRef {
  /** 32 digits. */
  readonly traceId: string;
  /** 16 digits. */
  readonly spanId: string;
}

export interface SpanEvent {
  readonly name: string;
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  readonly attributes: Attributes;
}

export interface SpanLink {
  readonly span: SpanRef;
  readonly attributes: Attributes;
}

/** A span that has ended. Independent of the library that encodes it. */
export interface TraceSpan extends SpanRef {
  readonly parent?: SpanRef | undefined;
  /** Whether the parent is in another process. */
  readonly isParentRemote: boolean;
  readonly name: string;
  readonly kind: 'internal' | 'client';
  /** Milliseconds since the Unix epoch. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  /** Events above the limit of a span. */
  readonly droppedEvents: number;
  readonly links: readonly SpanLink[];
  /** A low-cardinality code; `undefined` if the operation did not fail. */
  readonly errorType?: string | undefined;
}
