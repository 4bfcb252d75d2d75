import { summarizePage } from './error-page.ts';

/** The content of an error's body, whatever its shape. */
export interface ParsedError {
  /** An HTTP status inside the body, as OpenRouter and Google send it. */
  readonly status: number | undefined;
  /** The error's `type`, `code` and `status`, where they are words. */
  readonly kind: string;
  readonly text: string;
  /** The whole body, for searches by pattern: ids of quotas, names of fields. */
  readonly raw: string;
  /** The body was a web page. */
  readonly page: boolean;
}

/**
 * Patterns are matched against this many chars: longer than any real error, short enough for one turn of the event
 * loop.
 */
const MAX_TEXT_CHARS = 8_192;

/** Parses a body if it is JSON; else returns it unchanged. */
export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * Reads `{type, code, message}`, the same inside `{error}` or a list, plain text, `{detail}`, `{errors: []}`,
 * FastAPI's list of details, OpenRouter's numeric codes with the upstream's message, a bare string and a web page.
 */
export function parseError(body: unknown): ParsedError {
  if (typeof body === 'string') {
    const page = /^\s*</.test(body);
    return {
      status: undefined,
      kind: '',
      text: page ? summarizePage(body) : body.slice(0, MAX_TEXT_CHARS),
      raw: page ? '' : body,
      page,
    };
  }
  const outer = Array.isArray(body) ? body.find(isRecord) : body;
  const raw = rawOf(body);
  if (!isRecord(outer))
    return {
      status: undefined,
      kind: '',
      text: rawOf(body ?? '').slice(0, MAX_TEXT_CHARS),
      raw,
      page: false,
    };
  const inner = innerOf(outer);
  const names = [...namesOf(inner), ...(inner === outer ? [] : namesOf(outer))];
  const statuses = [inner['code'], inner['status'], inner['status_code'], outer['status'], outer['code']];
  const status = statuses.find((value) => /^[1-5]\d\d$/.test(String(value)));
  return {
    status: status === undefined ? undefined : Number(status),
    kind: [...new Set(names)].join(' '),
    text: `${messageOf(inner, outer)}${upstreamMessage(inner)}`.slice(0, MAX_TEXT_CHARS),
    raw,
    page: false,
  };
}

function innerOf(outer: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { error, errors } = outer;
  if (isRecord(error)) return error;
  if (Array.isArray(error) && isRecord(error[0])) return error[0];
  if (Array.isArray(errors) && isRecord(errors[0])) return errors[0];
  return outer;
}

function namesOf(record: Readonly<Record<string, unknown>>): string[] {
  const { error, message } = record;
  // If there is also a message, a short `error` is the error's name: {"error": "Unauthorized", "message": "..."}.
  const name = typeof error === 'string' && typeof message === 'string' ? error : undefined;
  return [record['type'], record['code'], record['status'], name].filter(
    (value): value is string =>
      typeof value === 'string' && value !== '' && value !== 'error' && !/^\d+$/.test(value),
  );
}

function messageOf(
  inner: Readonly<Record<string, unknown>>,
  outer: Readonly<Record<string, unknown>>,
): string {
  for (const value of [
    inner['message'],
    inner['msg'],
    inner['error'],
    inner['detail'],
    inner['error_description'],
    inner['title'],
    outer['message'],
    outer['detail'],
    outer['errors'],
  ]) {
    const words = textIn(value, 0);
    if (words !== '') return words;
  }
  return Object.keys(inner).length === 0 ? '' : rawOf(inner);
}

/** The text of a message of any shape; validation details include the name of their field. */
function textIn(value: unknown, depth: number): string {
  if (typeof value === 'string') return value;
  if (depth > 4) return '';
  if (Array.isArray(value)) {
    return value
      .slice(0, 5)
      .map((item: unknown) => textIn(item, depth + 1))
      .filter((words) => words !== '')
      .join('; ');
  }
  if (!isRecord(value)) return '';
  const place = Array.isArray(value['loc']) ? `${value['loc'].map(String).join('.')}: ` : '';
  const words = [value['message'], value['msg'], value['error'], value['detail']]
    .map((item) => textIn(item, depth + 1))
    .find((item) => item !== '');
  return words === undefined ? '' : place + words;
}

/** OpenRouter reports "Provider returned error" and puts the upstream's message in `metadata`; others use a `cause`. */
function upstreamMessage(inner: Readonly<Record<string, unknown>>): string {
  const { metadata, cause } = inner;
  if (typeof cause === 'string') return ` ${cause}`;
  if (!isRecord(metadata)) return '';
  const upstream = metadata['raw'];
  if (typeof upstream === 'string') return ` ${upstream}`;
  return isRecord(upstream) ? ` ${rawOf(upstream)}` : '';
}

function rawOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    // JSON can be parsed at any depth, but not serialized.
    return '';
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
