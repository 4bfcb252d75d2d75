import {
  APIConnectionError as AnthropicConnectionError,
  APIError as AnthropicApiError,
} from '@anthropic-ai/sdk/error';
import { APIConnectionError as OpenAiConnectionError, APIError as OpenAiApiError } from 'openai/error';
import type { FailureCode } from '@stagewire/shared';

import { ProviderFailure } from './provider.ts';

/** Whose error it is, and what its message must not say. */
export interface ErrorContext {
  /** As a person calls it: `OpenRouter`. */
  readonly provider: string;
  readonly baseUrl: string;
  /** Absent when no model is asked. */
  readonly model?: string;
  /** Empty if there is none. */
  readonly apiKey: string;
  /** Milliseconds since the Unix epoch, to read a `retry-after` that is a date. */
  now(): number;
}

const MAX_MESSAGE_CHARS = 500;

/**
 * What an error thrown by an SDK, by its stream or by the socket below it means. A ProviderFailure stays itself.
 *
 * @param answered Whether the response's headers had come: what breaks afterwards has truncated an answer.
 */
export function failureOf(error: unknown, answered: boolean, context: ErrorContext): ProviderFailure {
  if (error instanceof ProviderFailure) return error;
  if (error instanceof AnthropicConnectionError || error instanceof OpenAiConnectionError) {
    return unreachable(error, context);
  }
  if (error instanceof AnthropicApiError || error instanceof OpenAiApiError) {
    return failureOfBody(error.error ?? error.message, context, error);
  }
  if (error instanceof SyntaxError) {
    const message = `${context.provider} sent an event that is not whole: the answer broke off in the middle of it.`;
    return failure('PROVIDER_TRUNCATED', message, context, { retryable: true, cause: error });
  }
  const code = socketCodeOf(error);
  if (code === undefined) {
    const message = `Reading the answer of ${context.provider} failed: ${String(error)}`;
    return failure('INTERNAL', message, context, { retryable: true, cause: error });
  }
  if (!answered) return unreachable(error, context);
  const message = `The connection to ${context.provider} was lost in the middle of the answer (${code}).`;
  return failure('PROVIDER_TRUNCATED', message, context, { retryable: true, cause: error });
}

/** How an HTTP answer came, for an error that came as one. */
export interface ErrorResponse {
  readonly status?: number | undefined;
  readonly headers?: Headers | undefined;
  readonly requestID?: string | null | undefined;
}

/**
 * What an error told in JSON means: the body of an HTTP answer, an `error` event, the error of a response that
 * failed. Its message says what the provider said, at most 500 characters of it, without the key.
 */
export function failureOfBody(
  body: unknown,
  context: ErrorContext,
  response: ErrorResponse = {},
): ProviderFailure {
  const told = toldBy(body);
  const status = response.status ?? told.status;
  const { code, retryable } = judge(status, told.kind, told.text);
  const head = [
    context.provider,
    status === undefined ? 'reported an error' : `answered ${status}`,
    told.kind === '' ? '' : `(${told.kind})`,
    context.model === undefined ? '' : `for model ${context.model}`,
  ];
  const location = status !== undefined && status < 400 ? response.headers?.get('location') : undefined;
  const text = location ? `a redirect to ${location}; configure the final address instead` : told.text;
  const request = response.requestID ? ` (request ${response.requestID})` : '';
  const advice =
    code === 'PROVIDER_AUTH' ? ` Check the key configured for ${new URL(context.baseUrl).host}.` : '';
  const message = head.filter((part) => part !== '').join(' ');
  const said = cut(
    redact(text, context.apiKey),
    MAX_MESSAGE_CHARS - message.length - request.length - advice.length - 2,
  );
  const retryAfterMs = retryable ? retryAfterOf(response.headers, context.now()) : undefined;
  return failure(code, `${message}${said === '' ? '' : `: ${said}`}${request}${advice}`, context, {
    retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** A failure whose message has no key in it and is short enough for an event. */
export function failure(
  code: FailureCode,
  message: string,
  context: Pick<ErrorContext, 'apiKey'>,
  options: { retryable: boolean; retryAfterMs?: number; cause?: unknown },
): ProviderFailure {
  return new ProviderFailure(code, cut(redact(message, context.apiKey), MAX_MESSAGE_CHARS), options);
}

function unreachable(error: unknown, context: ErrorContext): ProviderFailure {
  const code = socketCodeOf(error);
  const why = /timed? ?out/i.test(`${code} ${String(error)}`)
    ? `did not answer in time${code === undefined ? '' : ` (${code})`}`
    : `could not be reached${code === undefined ? '' : ` (${code})`}`;
  const message = `${context.provider} at ${new URL(context.baseUrl).host} ${why}.`;
  return failure('PROVIDER_UNAVAILABLE', message, context, { retryable: true, cause: error });
}

interface Verdict {
  readonly code: FailureCode;
  readonly retryable: boolean;
}

/** How servers say that a prompt is longer than the model can read. */
export const contextTooLong =
  /context_length|exceed_context|context (?:length|window|limit|size)|maximum context|(?:prompt|input|request) (?:is|are) too long|too long for|request_too_large/i;
const MONEY = /insufficient_quota|insufficient credit|credit balance|billing|exceeded your current quota/i;
const AUTH = /authentication|permission_error|invalid_api_key|unauthorized/i;
const REFUSED =
  /invalid|not_found|not found|policy|refus|moderation|flagged|content_filter|tool_use_failed|too_large|too_small|unsupported/i;

function judge(status: number | undefined, kind: string, text: string): Verdict {
  const words = `${kind} ${text}`;
  const badRequest = status === undefined || status === 400 || status === 413 || status === 422;
  if (badRequest && (status === 413 || contextTooLong.test(words)))
    return { code: 'CONTEXT_TOO_LONG', retryable: false };
  // A spent quota comes as 429 like a rate limit, but waiting does not help.
  if (status === 402 || MONEY.test(words)) return { code: 'PROVIDER_REFUSED', retryable: false };
  if (status === 401 || status === 403) return { code: 'PROVIDER_AUTH', retryable: false };
  if (status === 408 || status === 409 || status === 425 || status === 429 || (status ?? 0) >= 500) {
    return { code: 'PROVIDER_UNAVAILABLE', retryable: true };
  }
  if (status !== undefined) return { code: 'PROVIDER_REFUSED', retryable: false };
  if (AUTH.test(kind)) return { code: 'PROVIDER_AUTH', retryable: false };
  if (REFUSED.test(kind)) return { code: 'PROVIDER_REFUSED', retryable: false };
  return { code: 'PROVIDER_UNAVAILABLE', retryable: true };
}

interface Told {
  readonly status: number | undefined;
  /** The error's `type` and `code`, as far as it has them. */
  readonly kind: string;
  readonly text: string;
}

/** Reads `{type, code, message}`, the same inside `{error}`, OpenRouter's numeric codes, and a bare string. */
function toldBy(body: unknown): Told {
  const inner =
    isRecord(body) && body['error'] !== undefined && body['error'] !== null ? body['error'] : body;
  if (!isRecord(inner)) return { status: undefined, kind: '', text: typeof inner === 'string' ? inner : '' };
  const { type, code, message } = inner;
  const status = /^[1-5]\d\d$/.test(String(code)) ? Number(code) : undefined;
  const names = [type, status === undefined ? code : undefined].filter((name) => typeof name === 'string');
  const metadata = inner['metadata'];
  // OpenRouter says "Provider returned error" and puts what the provider said beside it.
  const raw = isRecord(metadata) && typeof metadata['raw'] === 'string' ? ` ${metadata['raw']}` : '';
  const text = typeof message === 'string' ? message : JSON.stringify(message ?? inner);
  return { status, kind: [...new Set(names)].join(' '), text: text + raw };
}

function retryAfterOf(headers: Headers | undefined, nowMs: number): number | undefined {
  const inMs = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (inMs >= 0) return inMs;
  const value = headers?.get('retry-after') ?? '';
  const seconds = Number.parseFloat(value);
  if (seconds >= 0) return seconds * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** The system's or undici's name for what happened to a socket, from however deep in the error's causes. */
function socketCodeOf(error: unknown): string | undefined {
  let found: string | undefined;
  for (
    let cause: unknown = error, depth = 0;
    cause instanceof Error && depth < 6;
    cause = cause.cause, depth += 1
  ) {
    if ('code' in cause && typeof cause.code === 'string') found = cause.code;
    else if (cause instanceof TypeError && /^(?:terminated|fetch failed)$/.test(cause.message))
      found ??= cause.message;
  }
  return found;
}

function redact(text: string, apiKey: string): string {
  const own = apiKey === '' ? text : text.replaceAll(apiKey, '[key]');
  return own.replaceAll(/\b(?:sk|pk|key)-[\w*.-]{6,}/g, '[key]').replaceAll(/Bearer\s+\S+/gi, 'Bearer [key]');
}

function cut(text: string, maxChars: number): string {
  // Control characters are white space here: the message goes to terminals too.
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length <= maxChars ? line : `${line.slice(0, Math.max(0, maxChars - 3))}...`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
