import type { FailureCode, FailureReason } from '@stagewire/shared';

import { isFirewallPage } from './error-page.ts';
import type { ParsedError } from './error-body.ts';

/** The class of an error, on which retries are decided. */
export interface ErrorClass {
  readonly code: FailureCode;
  readonly retryable: boolean;
  readonly reason?: FailureReason;
}

/** How servers report that a prompt is longer than the context window; the wording of some thirty vendors. */
const TOO_LONG: readonly RegExp[] = [
  /context_length|exceed_context|contextwindowexceeded|context[ _-]?(?:length|window|limit|size)|maximum context|max_model_len|maximum model length/i,
  /(?:prompt|inputs?|request|messages?|conversation|sequence|query)(?: token count)? (?:is|are|was|were) too (?:long|large)|too long for|request_too_large/i,
  /too_many_(?:prompt|input)_tokens|tokens_limit_reached|prompt_tokens_exceeded|prompt_too_long|model max(?:imum)? length exceeded/i,
  /(?:messages|input|content|prompt|instructions)[^:;]{0,24}: string too long/i,
  /total length of all messages is too long|too many (?:input |prompt )?tokens[:;]|too many tokens in (?:the )?(?:prompt|input|request)/i,
  /(?:input|prompt) tokens? (?:count|length|limit|size)?[^.]{0,60}(?:exceed|greater|more than|larger|longer|above)/i,
  /(?:input|prompt|sequence|inputs?|messages)['"` ]{0,2} ?(?:length|size|tokens?)?[^.;]{0,60}\b(?:exceed(?:s|ed|ing)?|longer than|larger than|greater than)\b[^.;]{0,60}(?:max|limit|length|token|allowed)/i,
  /number of (?:input |prompt )?tokens[^.;]{0,60}(?:exceed|greater|more than|cannot exceed)/i,
  /maximum (?:prompt|input|number of (?:input |prompt )?tokens)(?: length| size| tokens)?/i,
  /(?:inputs?|prompt)[`'" ]{1,2}(?:tokens )?(?:\+ ?`?max_(?:new_)?tokens`? )?must (?:be <=|have less than|be less than|be shorter)/i,
  /max_(?:completion_|new_|output_)?tokens['"` ]{0,2}(?: must be| should be)?[^.;]{0,40}(?:at least 1|greater than 0|positive)[^.;]{0,40}(?:got|was|is|:)? ?-\d/i,
  /too large for (?:the )?model|exceed(?:s|ed)? (?:the |this )?model(?:'s|’s)? (?:token|context|max|limit)|exceeded model token limit/i,
  /range of input length|context overflow|context shift is disabled|when (?:the )?context (?:the )?overflows/i,
  /reduce the length of (?:the |your )?(?:messages|prompt|input)|current length is \d+ while limit is/i,
  /no user query/i,
  /prompt 超长|输入.{0,12}(?:超长|过长|超过)|上下文.{0,8}(?:超|过长)/i,
];

/** Looks similar, but is about the answer, a rate or an image. */
const NOT_TOO_LONG =
  /^\W*max_(?:completion_|output_)?tokens\W[^.]{0,40}(?:output|completion) tokens|(?<!input and )maximum (?:allowed )?(?:number of )?(?:output|completion) tokens|maximum tokens (?:that )?you requested|per (?:min|minute|day|hour)\b|tokens per|image|audio/i;

export function isTooLong(words: string): boolean {
  return !NOT_TOO_LONG.test(words) && TOO_LONG.some((pattern) => pattern.test(words));
}

const UNKNOWN_MODEL: readonly RegExp[] = [
  /model_not_found|modelnotfound|deploymentnotfound|unknown_model|invalid_model|model_not_available|no such model|unknown model|invalid model(?!.{0,20}(?:input|output))|model not (?:exist|found)|not a valid model/i,
  /\bmodel\b[^.;]{0,120}?(?:not found|does not exist|doesn['’]t exist|not exist\b|is not (?:available|recognized|known|loaded|a valid)|isn['’]t available|could not be found|has been (?:deprecated|decommissioned|retired|removed)|no longer available)/i,
  /does not have access to (?:the )?model|(?:requested )?model ['"`]?[\w./:@-]+['"`]? is not supported/i,
  /no endpoints found for|try pulling it|failed to load model/i,
];

export function isUnknownModel(words: string): boolean {
  return UNKNOWN_MODEL.some((pattern) => pattern.test(words));
}

const MONEY =
  /insufficient[_ ](?:quota|credits?|funds|balance)|credit balance|account balance|balance is (?:insufficient|too low|exhausted)|billing|exceeded_current_quota|exceeded your current (?:\w+ )?quota|payment required|out of credits|spending limit|(?:reached|exceeded) your (?:specified )?(?:api )?usage limits?|(?:extra usage|usage credits) (?:is|are) required|arrears|account.{0,20}overdue|余额不足|欠费/i;
const AUTH_KIND = /authentication|permission_error|invalid_api_key|unauthorized|unauthenticated/i;
const WRONG_KEY =
  /(?:incorrect|invalid|wrong|expired|missing|malformed|unknown|no|bad) (?:x-)?api[- _]?key|api[- _]?key (?:is )?(?:not valid|invalid|incorrect|expired|missing|not found|required|disabled)|invalid_api_key|api_key_invalid|invalid (?:bearer |auth(?:entication)? |access )token|unauthorized|authentication (?:fail|error|required)|authenticationerror/i;
const REFUSED =
  /invalid|not_found|not found|policy|refus|moderation|flagged|content_filter|tool_use_failed|too_large|too_small|unsupported/i;
const REGION =
  /unsupported_country|not (?:available|supported) in your (?:country|region|location)|location is not supported/i;
const MODERATED =
  /flagged|moderation|content[_ ](?:filter|policy)|data policy|safety (?:system|filter)|usage polic/i;
const UNKNOWN_PATH =
  /unexpected endpoint|unknown (?:endpoint|route|path|url|request url)|no such (?:path|route|endpoint)|page not found|cannot (?:get|post) \/|route [^ ]* ?not found|invalid url|not found\.?$|unrecognized request url|no route/i;

/** Whether a server reports that the requested path does not exist. */
function isUnknownPath(words: string): boolean {
  return UNKNOWN_PATH.test(words.trim());
}

const PER_DAY = /per[_ -]?day|\brpd\b|\btpd\b|daily/i;
const PER_MINUTE = /per[_ -]?min|\brpm\b|\btpm\b|per[_ -]?second|per[_ -]?hour/i;
/** Gateways report a rate limit with other statuses too: Bedrock with 400, proxies with 503. */
const RATE_LIMIT =
  /throttlingexception|too[_ ]?many[_ ]?requests|rate[_ ]limits? (?:is |was )?(?:exceeded|reached|hit)|rate_limit_(?:exceeded|reached)|ratelimiterror/i;
/** OpenAI and Groq: the limit per minute, and what this one request needs. */
const LIMIT_AND_REQUESTED = /\blimit:? (\d[\d,]*)\b[^.]{0,60}\brequested:? ~?(\d[\d,]*)/i;

/**
 * Classifies an error.
 *
 * @param waitMs How long the provider asks to wait, if it does.
 */
export function classifyError(
  error: ParsedError,
  status: number | undefined,
  waitMs: number | undefined,
): ErrorClass {
  const words = `${error.kind} ${error.text} ${error.raw}`;
  const badRequest = status === undefined || status === 400 || status === 413 || status === 422;
  const maybeWrapped = status === 500 || status === 502;
  if (status === 413 || ((badRequest || maybeWrapped) && isTooLong(`${error.kind} ${error.text}`)))
    return { code: 'CONTEXT_TOO_LONG', retryable: false };
  if (exceedsAccountLimit(error.text)) return { code: 'PROVIDER_REFUSED', retryable: false, reason: 'quota' };
  if (isQuota(error, status, waitMs)) return { code: 'PROVIDER_REFUSED', retryable: false, reason: 'quota' };
  if (status === 401 || status === 403) return classifyForbidden(error, status, words);
  if ((badRequest || maybeWrapped) && WRONG_KEY.test(`${error.kind} ${error.text}`))
    return { code: 'PROVIDER_AUTH', retryable: false };
  const mayLimit = badRequest || (status ?? 0) >= 500;
  if (status === 429 || (status !== undefined && mayLimit && RATE_LIMIT.test(`${error.kind} ${error.text}`)))
    return { code: 'PROVIDER_UNAVAILABLE', retryable: true, reason: 'rate_limit' };
  if (status === 404 || status === 405 || status === 501) return classifyNotFound(error, status);
  if (status === 408 || status === 409 || status === 425 || (status ?? 0) >= 500)
    return { code: 'PROVIDER_UNAVAILABLE', retryable: true };
  const unknown = isUnknownModel(`${error.kind} ${error.text}`) && !isTooLong(error.text);
  if (status !== undefined)
    return { code: 'PROVIDER_REFUSED', retryable: false, ...(unknown ? { reason: 'model_unknown' } : {}) };
  return classifyStreamError(error, unknown);
}

/**
 * An exhausted account is reported with status 429 like a rate limit, but waiting does not help; Gemini uses the
 * same wording for both.
 */
function isQuota(error: ParsedError, status: number | undefined, waitMs: number | undefined): boolean {
  const words = `${error.kind} ${error.text}`;
  if (status === 402 || /insufficient_quota/i.test(words)) return true;
  const quotaIds = [...error.raw.matchAll(/quotaId\\?"\s*:\s*\\?"([^"\\]+)/g)].map(([, id = '']) => id);
  if (quotaIds.some((id) => PER_DAY.test(id))) return true;
  if (quotaIds.length > 0) return false;
  if (status === 429 && waitMs === undefined && PER_DAY.test(words) && !PER_MINUTE.test(words)) return true;
  if (!MONEY.test(words)) return false;
  if (status !== undefined && status !== 429) return status < 500;
  return waitMs === undefined && !PER_MINUTE.test(words);
}

/** A single request that needs more than the account's limit per minute is rejected at any time. */
function exceedsAccountLimit(text: string): boolean {
  const [, limit = '', requested = ''] = LIMIT_AND_REQUESTED.exec(text) ?? [];
  const [most, needed] = [limit, requested].map((digits) => Number(digits.replaceAll(',', '')));
  return limit !== '' && (needed ?? 0) > (most ?? 0);
}

function classifyForbidden(error: ParsedError, status: number, words: string): ErrorClass {
  if (error.page && (status === 403 || isFirewallPage(error.text)))
    return { code: 'PROVIDER_REFUSED', retryable: false };
  if (isUnknownModel(`${error.kind} ${error.text}`))
    return { code: 'PROVIDER_REFUSED', retryable: false, reason: 'model_unknown' };
  if (status === 403 && (REGION.test(words) || MODERATED.test(words)))
    return { code: 'PROVIDER_REFUSED', retryable: false };
  return { code: 'PROVIDER_AUTH', retryable: false };
}

function classifyNotFound(error: ParsedError, status: number): ErrorClass {
  const words = `${error.kind} ${error.text}`;
  const known = /no endpoints found(?! for)/i.test(words) || MODERATED.test(words);
  const model =
    status === 404 &&
    !error.page &&
    (isUnknownModel(words) || (/not_found/i.test(error.kind) && /\bmodel\b/i.test(error.text)));
  if (model) return { code: 'PROVIDER_REFUSED', retryable: false, reason: 'model_unknown' };
  return { code: 'PROVIDER_REFUSED', retryable: false, ...(known ? {} : { reason: 'wrong_address' }) };
}

/** An error in the middle of a stream has no status; only its kind is known. */
function classifyStreamError(error: ParsedError, unknown: boolean): ErrorClass {
  if (AUTH_KIND.test(error.kind)) return { code: 'PROVIDER_AUTH', retryable: false };
  if (/rate_?limit|too_many_requests|resource_exhausted/i.test(error.kind))
    return { code: 'PROVIDER_UNAVAILABLE', retryable: true, reason: 'rate_limit' };
  if (isUnknownPath(error.text))
    return { code: 'PROVIDER_REFUSED', retryable: false, reason: 'wrong_address' };
  if (unknown) return { code: 'PROVIDER_REFUSED', retryable: false, reason: 'model_unknown' };
  if (REFUSED.test(error.kind)) return { code: 'PROVIDER_REFUSED', retryable: false };
  return { code: 'PROVIDER_UNAVAILABLE', retryable: true };
}
