import { APIConnectionError as AnthropicConnectionError } from '@anthropic-ai/sdk/error';
import { APIConnectionError as OpenAiConnectionError } from 'openai/error';
import { inspect } from 'node:util';

import type { FailureCode, FailureReason } from '@stagewire/shared';

import { addressAdvice, shownUrl } from './address-advice.ts';
import { isRecord, parseBody, parseError, type ParsedError } from './error-body.ts';
import { classifyError, type ErrorClass } from './classify-error.ts';
import { BodyTooLarge } from './event-stream.ts';
import { statusErrorIn, type HttpStatusError } from './http-status-error.ts';
import { ProviderFailure } from './provider.ts';
import { proxyMessage, proxyStatusIn } from './proxy-refusal.ts';
import { formatDuration, waitOf } from './retry-wait.ts';
import { createSecrets, type Secrets } from './secrets.ts';
import { socketCodeOf, socketMessage } from './socket-error.ts';

/** The source of an error, and what its message must not contain. */
export interface ErrorContext {
  /** The provider's display name: `OpenRouter`. */
  readonly provider: string;
  readonly baseUrl: string;
  /** Absent when the request has no model. */
  readonly model?: string;
  /** Empty if there is none. */
  readonly apiKey: string;
  /** Further secrets in addition to the key: values of headers. @default none */
  readonly secrets?: readonly string[];
  /** The variable that sets the base URL, named where the URL is probably wrong. */
  readonly variable?: string;
  /** The longest wait, in milliseconds; a longer one ends the attempts. @default 60_000 */
  readonly retryAfterCapMs?: number;
  /** Milliseconds since the Unix epoch, to evaluate a `retry-after` that is a date. */
  now(): number;
}

const MAX_MESSAGE_CHARS = 500;
const RETRY_AFTER_CAP_MS = 60_000;

/**
 * The failure for an error thrown by an SDK, by its stream or by the socket. A ProviderFailure is returned
 * unchanged.
 *
 * @param answered Whether the response's headers had arrived: later errors truncate an answer.
 */
export function failureOf(error: unknown, answered: boolean, context: ErrorContext): ProviderFailure {
  if (error instanceof ProviderFailure) return error;
  const statusError = statusErrorIn(error);
  if (statusError !== undefined) return failureOfStatusError(statusError, context);
  if (error instanceof BodyTooLarge) {
    const message = `${context.provider} sent ${error.message}; the call was aborted.`;
    return failure('LIMIT_REACHED', message, context, { retryable: false });
  }
  if (error instanceof AnthropicConnectionError || error instanceof OpenAiConnectionError) {
    return unreachable(error, context);
  }
  if (error instanceof SyntaxError) {
    const message = `${context.provider} sent an incomplete event: the answer ended in the middle of it.`;
    return failure('PROVIDER_TRUNCATED', message, context, { retryable: true });
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

function failureOfStatusError(statusError: HttpStatusError, context: ErrorContext): ProviderFailure {
  const { headers } = statusError;
  return failureOfBody(parseBody(statusError.text), context, {
    status: statusError.status,
    headers,
    url: statusError.url,
    requestID: headers.get('request-id') ?? headers.get('x-request-id'),
  });
}

/** The HTTP response that an error arrived as. */
export interface ErrorResponse {
  readonly status?: number | undefined;
  readonly headers?: Headers | undefined;
  /** The requested URL. */
  readonly url?: string | undefined;
  readonly requestID?: string | null | undefined;
}

/**
 * The failure for an error in JSON: the body of an HTTP response, an `error` event, the error of a failed response.
 * Its message includes the provider's message, has at most 500 chars and contains no key.
 */
export function failureOfBody(
  body: unknown,
  context: ErrorContext,
  response: ErrorResponse = {},
): ProviderFailure {
  const error = parseError(body);
  const status = response.status ?? error.status;
  const waitMs = waitOf({
    headers: response.headers,
    body: isRecord(body) || Array.isArray(body) ? body : undefined,
    text: error.text,
    nowMs: context.now(),
    limited: status === 429 || /rate_?limit|resource_exhausted/i.test(error.kind),
  });
  const { retryAfterCapMs = RETRY_AFTER_CAP_MS } = context;
  const errorClass = withinCap(classifyError(error, status, waitMs), waitMs, retryAfterCapMs);
  const head = [
    context.provider,
    status === undefined ? 'reported an error' : `answered ${status}`,
    error.kind === '' ? '' : `(${error.kind})`,
    context.model === undefined ? '' : `for model ${context.model}`,
  ];
  const location = status !== undefined && status < 400 ? response.headers?.get('location') : undefined;
  const text = location ? `a redirect to ${shownUrl(location)}; configure that address instead` : error.text;
  const request = response.requestID ? ` (request ${response.requestID})` : '';
  const advice = adviceFor(errorClass, context, { url: response.url, page: error.page, waitMs });
  const secrets = secretsOf(context);
  const message = secrets.redact(head.filter((part) => part !== '').join(' '));
  const room = MAX_MESSAGE_CHARS - message.length - request.length - advice.length - 3;
  const details = truncate(secrets.redact(text), Math.max(0, room));
  const sentence = `${message}${details === '' ? '' : `: ${details}`}${request}`;
  return failure(errorClass.code, advice === '' ? sentence : `${withFullStop(sentence)} ${advice}`, context, {
    retryable: errorClass.retryable,
    ...(errorClass.reason === undefined ? {} : { reason: errorClass.reason }),
    ...(waitMs === undefined || !errorClass.retryable ? {} : { retryAfterMs: waitMs }),
    throttles: errorClass.retryable && isThrottling(error, { status, waitMs, errorClass }),
  });
}

/** Does the error concern all calls with the key, not only this one? */
function isThrottling(
  error: ParsedError,
  of: {
    readonly status: number | undefined;
    readonly waitMs: number | undefined;
    readonly errorClass: ErrorClass;
  },
): boolean {
  if (of.errorClass.reason === 'rate_limit' || of.status === 529) return true;
  if (of.status === 503 && of.waitMs !== undefined) return true;
  return /overloaded/i.test(`${error.kind} ${error.text}`);
}

function withinCap(errorClass: ErrorClass, waitMs: number | undefined, capMs: number): ErrorClass {
  if (!errorClass.retryable || waitMs === undefined || waitMs <= capMs) return errorClass;
  return { code: errorClass.code, retryable: false, reason: 'wait_too_long' };
}

function adviceFor(
  errorClass: ErrorClass,
  context: ErrorContext,
  details: { readonly url: string | undefined; readonly page: boolean; readonly waitMs: number | undefined },
): string {
  const { host } = new URL(context.baseUrl);
  if (errorClass.code === 'PROVIDER_AUTH') return `Check the key configured for ${host}.`;
  if (errorClass.reason === 'wait_too_long') {
    const { retryAfterCapMs = RETRY_AFTER_CAP_MS } = context;
    return `The provider requires a wait of ${formatDuration(details.waitMs ?? 0)}, longer than the maximum of ${formatDuration(retryAfterCapMs)}.`;
  }
  if (errorClass.reason === 'wrong_address') return wrongAddress(details.url, context);
  if (details.page && errorClass.code === 'PROVIDER_REFUSED')
    return `The request was rejected in front of ${host}, by a firewall, a proxy or a login page, not by the API.`;
  return '';
}

/** The requested URL, and advice on the base URL. */
export function wrongAddress(url: string | undefined, context: ErrorContext): string {
  const asked = shownUrl(url ?? context.baseUrl);
  const variable = context.variable === undefined ? '' : ` (${context.variable})`;
  return `Requested URL: ${asked}. ${addressAdvice(asked, context.baseUrl).replace(/([.:]|$)/, `${variable}$1`)}`;
}

/** A failure whose message contains no key and is short enough for an event. */
export function failure(
  code: FailureCode,
  message: string,
  context: SecretContext,
  options: {
    retryable: boolean;
    reason?: FailureReason;
    retryAfterMs?: number;
    throttles?: boolean;
    cause?: unknown;
  },
): ProviderFailure {
  const { cause, ...others } = options;
  // Redacted before it is truncated: a truncated key could not be recognized.
  return new ProviderFailure(code, truncate(secretsOf(context).redact(message), MAX_MESSAGE_CHARS), {
    ...others,
    ...safeCause(cause, context),
  });
}

/** The text of an error for use in another message: without keys, on one line, truncated. */
export function safeText(text: string, context: ErrorContext, maxChars: number): string {
  return truncate(secretsOf(context).redact(text), maxChars);
}

/** Whether a provider's text contains no key: for text that is shown unchanged or not at all. */
export function isFreeOfSecrets(text: string, context: ErrorContext): boolean {
  return !secretsOf(context).isIn(text);
}

type SecretContext = Pick<ErrorContext, 'apiKey' | 'secrets'>;

/** A stream may report many errors, and computing the encodings of a key takes a millisecond. */
const known = new WeakMap<SecretContext, Secrets>();

function secretsOf(context: SecretContext): Secrets {
  const secrets = known.get(context) ?? createSecrets([context.apiKey, ...(context.secrets ?? [])]);
  known.set(context, secrets);
  return secrets;
}

/** Errors of sockets and SDKs contain what was sent; one that contains a key is left out. */
function safeCause(cause: unknown, context: SecretContext): { readonly cause?: unknown } {
  return cause === undefined || secretsOf(context).isIn(inspect(cause, { depth: 6 })) ? {} : { cause };
}

function unreachable(error: unknown, context: ErrorContext): ProviderFailure {
  const code = socketCodeOf(error);
  const refusal = proxyStatusIn(error);
  const { message: words, retryable } =
    refusal === undefined ? socketMessage(code, String(error)) : proxyMessage(refusal);
  const message = `${context.provider} at ${new URL(context.baseUrl).host} ${words}`;
  return failure('PROVIDER_UNAVAILABLE', message, context, { retryable, cause: error });
}

function withFullStop(sentence: string): string {
  return /[.!?…]$/.test(sentence) ? sentence : `${sentence}.`;
}

function truncate(text: string, maxChars: number): string {
  // Control characters count as white space: the message is also printed to terminals.
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length <= maxChars ? line : `${line.slice(0, Math.max(0, maxChars - 3))}...`;
}
