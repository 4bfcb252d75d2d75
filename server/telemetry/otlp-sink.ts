import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { SpanKind, SpanStatusCode, TraceFlags, type HrTime, type SpanContext } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { conventionsVersion } from './genai-attributes.ts';
import { CollectorUnavailable, type SpanSink } from './span-sink.ts';
import type { Attributes, SpanRef, TraceSpan } from './trace-span.ts';

export interface OtlpSinkOptions {
  /** The whole URL, as in `http://127.0.0.1:4318/v1/traces`. */
  readonly url: string;
  /** Sent with each request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Describes this server to the collector. */
  readonly resource: Readonly<Record<string, string>>;
  /** Of this program. */
  readonly version: string;
  /** How long one request may take, in milliseconds. @default 10000 */
  readonly timeoutMs?: number;
  /** @default the global one */
  readonly fetch?: typeof fetch;
}

const compress = promisify(gzip);

/** Statuses after which OTLP clients try again. 401, 403 and 404 are added: a configuration that can be corrected. */
const temporary: ReadonlySet<number> = new Set([401, 403, 404, 408, 429, 500, 502, 503, 504]);

/** Sends spans by OTLP over HTTP, as protobuf. */
export function createOtlpSink(options: OtlpSinkOptions): SpanSink {
  const { url, headers, version, timeoutMs = 10_000, fetch: request = fetch } = options;
  const resource = resourceFromAttributes({ ...options.resource });
  const shared = {
    resource,
    instrumentationScope: {
      name: 'stagewire',
      version,
      schemaUrl: `https://opentelemetry.io/schemas/${conventionsVersion}`,
    },
  };

  async function post(spans: readonly TraceSpan[], signal: AbortSignal): Promise<Response> {
    const body = ProtobufTraceSerializer.serializeRequest(spans.map((span) => readableSpan(span, shared)));
    if (body === undefined) throw new RangeError('the spans cannot be serialized');
    try {
      return await request(url, {
        method: 'POST',
        headers: {
          ...headers,
          'content-type': 'application/x-protobuf',
          'content-encoding': 'gzip',
        },
        body: await compress(body),
        // A redirect would send the headers to another host.
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
    } catch (cause) {
      throw new CollectorUnavailable('The collector cannot be reached.', { cause });
    }
  }

  async function send(
    spans: readonly TraceSpan[],
    signal: AbortSignal,
  ): Promise<{ readonly rejected: number }> {
    if (spans.length === 0) return { rejected: 0 };
    const response = await post(spans, signal);
    const { status } = response;
    const bytes = await bodyOf(response);
    if (response.ok) return { rejected: rejectedSpans(bytes) };
    if (status === 413 && spans.length > 1) {
      const middle = Math.ceil(spans.length / 2);
      const first = await send(spans.slice(0, middle), signal);
      const second = await send(spans.slice(middle), signal);
      return { rejected: first.rejected + second.rejected };
    }
    if (!temporary.has(status) && status >= 400 && status < 500) return { rejected: spans.length };
    const retryAfterMs = waitOf(response.headers.get('retry-after'));
    throw new CollectorUnavailable(`The collector answered with status ${status}.`, { retryAfterMs });
  }

  return { send };
}

/** The most that is read of a response, in bytes. */
const maxBodyBytes = 65_536;

async function bodyOf(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of response.body ?? []) {
      bytes += part.length;
      if (bytes > maxBodyBytes) break;
      parts.push(part);
    }
  } catch (cause) {
    throw new CollectorUnavailable('The response of the collector is incomplete.', { cause });
  }
  return Buffer.concat(parts);
}

/** What a partial success does not accept. A body that cannot be read is no reason to send again. */
function rejectedSpans(body: Uint8Array): number {
  try {
    return ProtobufTraceSerializer.deserializeResponse(body).partialSuccess?.rejectedSpans ?? 0;
  } catch {
    return 0;
  }
}

function waitOf(retryAfter: string | null): number | undefined {
  return retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1000 : undefined;
}

function readableSpan(
  span: TraceSpan,
  shared: Pick<ReadableSpan, 'resource' | 'instrumentationScope'>,
): ReadableSpan {
  const { parent, startMs, endMs, errorType } = span;
  return {
    ...shared,
    name: span.name,
    kind: span.kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL,
    spanContext: () => contextOf(span),
    ...(parent !== undefined && { parentSpanContext: contextOf(parent, span.isParentRemote) }),
    startTime: timeOf(startMs),
    // The clock of a run does not go back, but runs of earlier versions may have such events.
    endTime: timeOf(Math.max(startMs, endMs)),
    duration: timeOf(Math.max(0, endMs - startMs)),
    ended: true,
    status: errorType === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR },
    attributes: mutable(span.attributes),
    links: span.links.map((link) => ({
      context: contextOf(link.span),
      attributes: mutable(link.attributes),
    })),
    events: span.events.map(({ name, atMs, attributes }) => ({
      name,
      time: timeOf(atMs),
      attributes: mutable(attributes),
    })),
    droppedAttributesCount: 0,
    droppedEventsCount: span.droppedEvents,
    droppedLinksCount: 0,
  };
}

function contextOf({ traceId, spanId }: SpanRef, isRemote = false): SpanContext {
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote };
}

function timeOf(ms: number): HrTime {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1_000_000)];
}

function mutable(attributes: Attributes): Record<string, string | number | boolean | string[]> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, typeof value === 'object' ? [...value] : value]),
  );
}
