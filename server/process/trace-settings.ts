import { z } from 'zod';
import { flag } from './auth-settings.ts';

/** Where traces are exported to, and what is in them. */
export interface TraceSettings {
  /** The whole URL of an OTLP receiver. */
  readonly url: string;
  /** Sent with each request; may be secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** How long one request may take. */
  readonly timeoutMs: number;
  /** Attributes of this server. */
  readonly resource: Readonly<Record<string, string>>;
  /** Chars of texts per attribute; 0: traces have no text. */
  readonly maxTextChars: number;
}

const endpoint = z.string().superRefine((value, context) => {
  const url = URL.parse(value);
  const isUsable = url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === '';
  if (isUsable && !/[?#]/.test(value)) return;
  const message =
    'must be a URL with http or https, without user, query and fragment, such as http://127.0.0.1:4318';
  context.addIssue({ code: 'custom', message });
});

/** `name=value,name=value`, percent-encoded, as OpenTelemetry defines it. */
const pairs = z.string().transform((text, context) => {
  const found: Record<string, string> = {};
  for (const part of text.split(',').map((it) => it.trim())) {
    if (part === '') continue;
    const [name = '', value] = part.split(/=(.*)/s);
    const decoded = decodedOf(value);
    if (name.trim() === '' || decoded === undefined || /[\r\n]/.test(decoded)) {
      context.addIssue({
        code: 'custom',
        message: 'must have the form name=value,name=value, percent-encoded',
      });
      return z.NEVER;
    }
    found[name.trim()] = decoded;
  }
  return found;
});

const headerPairs = pairs.refine(
  (found) =>
    Object.entries(found).every(
      ([name, value]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\x20-\x7e]*$/.test(value),
    ),
  'must have names and values that HTTP headers can have',
);

/** The variables of OpenTelemetry that the server reads. Those of other signals and exporters are ignored. */
export const traceVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: headerPairs.optional(),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: headerPairs.optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: z.string().optional(),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: z.string().optional(),
  OTEL_EXPORTER_OTLP_TIMEOUT: z
    .string()
    .regex(/^[1-9]\d{0,5}$/, 'must be a number of milliseconds from 1 to 999999')
    .transform(Number)
    .default(10_000),
  OTEL_SERVICE_NAME: z.string().max(255, 'must have at most 255 characters').optional(),
  OTEL_RESOURCE_ATTRIBUTES: pairs.optional(),
  OTEL_SDK_DISABLED: flag.optional(),
  OTEL_TRACES_EXPORTER: z.string().optional(),
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: z.string().optional(),
} as const;

type TraceValues = z.output<z.ZodObject<typeof traceVariables>>;

/** Chars of a text in an attribute, if texts are exported at all. */
const capturedChars = 65_536;

/** What a configuration has of it: nothing without an endpoint. */
export function tracesOf(values: TraceValues): { readonly traces?: TraceSettings } {
  const url = urlOf(values);
  if (url === undefined) return {};
  const capture = (values.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT ?? '').toLowerCase();
  const isCaptured = ['true', 'span_only', 'span_and_event'].includes(capture);
  const { OTEL_SERVICE_NAME: name, OTEL_RESOURCE_ATTRIBUTES: resource } = values;
  return {
    traces: {
      url,
      headers: values.OTEL_EXPORTER_OTLP_TRACES_HEADERS ?? values.OTEL_EXPORTER_OTLP_HEADERS ?? {},
      timeoutMs: values.OTEL_EXPORTER_OTLP_TIMEOUT,
      resource: {
        'service.name': 'stagewire',
        ...resource,
        ...(name === undefined ? {} : { 'service.name': name }),
      },
      maxTextChars: isCaptured ? capturedChars : 0,
    },
  };
}

/** Settings that an export would not have the effect of, as sentences. */
export function traceProblems(values: TraceValues): string[] {
  const name =
    values.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL === undefined
      ? 'OTEL_EXPORTER_OTLP_PROTOCOL'
      : 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL';
  const protocol = values[name] ?? 'http/protobuf';
  if (urlOf(values) === undefined || protocol === 'http/protobuf') return [];
  return [`${name} must be http/protobuf, the only protocol that the server exports traces by.`];
}

function urlOf(values: TraceValues): string | undefined {
  if (values.OTEL_SDK_DISABLED === true || values.OTEL_TRACES_EXPORTER === 'none') return undefined;
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole, OTEL_EXPORTER_OTLP_ENDPOINT: base } = values;
  return whole ?? (base === undefined ? undefined : `${base.replace(/\/$/, '')}/v1/traces`);
}

function decodedOf(value: string | undefined): string | undefined {
  try {
    return value === undefined ? undefined : decodeURIComponent(value.trim());
  } catch {
    return undefined;
  }
}
