import { isRecord } from './error-body.ts';

export interface WaitSource {
  readonly headers: Headers | undefined;
  readonly body: unknown;
  /** The text of the error. */
  readonly text: string;
  readonly nowMs: number;
  /** Whether a rate limit was reached: only then do reset times matter. */
  readonly limited: boolean;
}

/**
 * How long a provider asks to wait, in milliseconds: from `retry-after-ms` or `retry-after`, from Google's
 * RetryInfo and similar fields of the body, from text ("try again in 6.2s"), or from the reset time of an exhausted
 * limit (`x-ratelimit-reset-*` in all its forms).
 */
export function waitOf({ headers, body, text, nowMs, limited }: WaitSource): number | undefined {
  return (
    numberOf(headers?.get('retry-after-ms')) ??
    timeOf(headers?.get('retry-after'), nowMs) ??
    bodyWait(body, nowMs, 0) ??
    textWait(text) ??
    (limited ? dateWait(text, nowMs) : undefined) ??
    otherLanguageWait(text) ??
    (limited ? resetWait(headers, nowMs) : undefined)
  );
}

/** Formats a duration: `850 ms`, `26 s`, `36 min`, `5 h`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 100) / 10} s`;
  if (ms < 600_000) return `${Math.round(ms / 6_000) / 10} min`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 360_000) / 10} h`;
}

const unitsMs: readonly (readonly [RegExp, number])[] = [
  [/^(?:ms|msecs?|milliseconds?|millis)$/, 1],
  [/^(?:s|secs?|seconds?)$/, 1_000],
  [/^(?:m|mins?|minutes?)$/, 60_000],
  [/^(?:h|hrs?|hours?)$/, 3_600_000],
  [/^(?:d|days?)$/, 86_400_000],
];
const DURATION =
  /(?:\d+(?:\.\d+)?\s*(?:ms|msecs?|milliseconds?|millis|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?![a-z])[\s,]*(?:and\s+)?|\d+(?:\.\d+)?(?:ms|s|m|h|d)(?=\d))+/i;

/** Anchored: in a long run of digits without a unit, a search would restart at each digit. */
const LEADING_DURATION = new RegExp(`^${DURATION.source}`, 'i');

/** `6m0s`, `250ms`, `1.5s`, `2 minutes and 3 seconds`; `undefined` if it is not a duration. */
function durationOf(text: string): number | undefined {
  const found = LEADING_DURATION.exec(text);
  if (found === null || found[0].trim() !== text.trim()) return undefined;
  let sum = 0;
  for (const [, amount = '', unit = ''] of text.toLowerCase().matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
    if (unit === 'and') continue;
    sum += Number(amount) * (unitsMs.find(([pattern]) => pattern.test(unit))?.[1] ?? 0);
  }
  return Math.round(sum);
}

function numberOf(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** Seconds, a duration with its unit, seconds or milliseconds since the epoch, or a date. */
function timeOf(value: unknown, nowMs: number): number | undefined {
  const number = numberOf(value);
  if (number !== undefined) {
    if (number > 100_000_000_000) return Math.max(0, number - nowMs);
    return number > 1_000_000_000 ? Math.max(0, number * 1_000 - nowMs) : Math.round(number * 1_000);
  }
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const duration = durationOf(value);
  if (duration !== undefined) return duration;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** Searches nested fields, up to a depth of five: Google's are in `details`, OpenRouter's in `metadata`. */
function bodyWait(body: unknown, nowMs: number, depth: number): number | undefined {
  if (depth > 5) return undefined;
  if (Array.isArray(body)) {
    for (const item of body.slice(0, 20)) {
      const wait = bodyWait(item, nowMs, depth + 1);
      if (wait !== undefined) return wait;
    }
    return undefined;
  }
  if (!isRecord(body)) return undefined;
  for (const [name, value] of Object.entries(body)) {
    const key = name.toLowerCase().replaceAll(/[-_]/g, '');
    if (key === 'retryafterms') return numberOf(value);
    if (/^(?:retryafter|retrydelay|retryafterseconds|retryinseconds|retryin)$/.test(key)) {
      const wait = isRecord(value) ? protoDuration(value) : timeOf(value, nowMs);
      if (wait !== undefined) return wait;
    }
    if (key === 'xratelimitreset') return timeOf(value, nowMs);
    const inner = typeof value === 'object' ? bodyWait(value, nowMs, depth + 1) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function protoDuration(value: Readonly<Record<string, unknown>>): number | undefined {
  const seconds = numberOf(value['seconds']);
  const nanos = numberOf(value['nanos']);
  if (seconds === undefined && nanos === undefined) return undefined;
  return Math.round((seconds ?? 0) * 1_000 + (nanos ?? 0) / 1_000_000);
}

const RETRY_HINT =
  /(?:re-?try|try again|try your request again|wait|again|available|resets?|back off|come back)(?:ing)?\b[^.\d]{0,40}?/i;

/** An upstream's error quoted by a gateway: `"retryDelay": "26s"`, `retry_after: 30`. */
const QUOTED = /retry[_-]?(?:delay|after)([_-]?ms)?[\\"' ]{0,6}[:=][\\"' ]{0,6}(\d+(?:\.\d+)?) ?(ms|s)?/i;

function textWait(errorText: string): number | undefined {
  const text = errorText.slice(0, 8_192);
  const pattern = new RegExp(`${RETRY_HINT.source}(${DURATION.source})`, 'gi');
  for (const [, words = ''] of text.matchAll(pattern)) {
    const wait = durationOf(words.replace(/[\s,]*(?:and\s*)?$/i, ''));
    if (wait !== undefined) return wait;
  }
  const quoted = QUOTED.exec(text);
  if (quoted !== null) {
    const [, msKey, amount, unit] = quoted;
    return Math.round(
      Number(amount) * (unit === 'ms' || (msKey !== undefined && unit === undefined) ? 1 : 1_000),
    );
  }
  return undefined;
}

const DATE = /(20\d\d-[01]\d-[0-3]\d)(?:T| at | )([0-2]\d:[0-5]\d(?::[0-5]\d)?)/;

/** "Resets at 2026-08-25 07:41:44": China Standard Time if the text is Chinese, else UTC. */
function dateWait(text: string, nowMs: number): number | undefined {
  const [, day = '', time = ''] = DATE.exec(text) ?? [];
  if (day === '' || !/reset|regain|again|until|available|重置|恢复|解除/i.test(text)) return undefined;
  const atMs = Date.parse(`${day}T${time}${/\p{Script=Han}/u.test(text) ? '+08:00' : 'Z'}`);
  return atMs > nowMs ? atMs - nowMs : undefined;
}

const AGAIN =
  /重试|再试|重新|再試行|再度|やり直|다시|재시도|erneut|nochmals?|wieder|réessay|de nouveau|de nuevo|nuevamente|reintent|riprova|di nuovo|novamente|de novo|повтор|снова|opnieuw/i;
/**
 * Starts at the first digit of a number only: a long run of digits without a unit would be read again from each
 * digit.
 */
const otherLanguageUnitsMs: readonly (readonly [RegExp, number])[] = [
  [/(?<!\d)(\d+(?:[.,]\d+)?) ?(?:毫秒|ミリ秒|밀리초|millisekunden|millisecondes|milisegundos)/i, 1],
  [/(?<!\d)(\d+(?:[.,]\d+)?) ?(?:秒|초|sekunden?|secondes?|segundos?|second[io]|секунд|seconden)/i, 1_000],
  [/(?<!\d)(\d+(?:[.,]\d+)?) ?(?:分|분|minuten?|minutes?|minutos?|minut[io]|минут)/i, 60_000],
  [/(?<!\d)(\d+(?:[.,]\d+)?) ?(?:小时|小時|時間|시간|stunden?|heures?|horas?|or[ae]|час|uur)/i, 3_600_000],
];

/** The same in other languages: a duration in a sentence about trying again. */
function otherLanguageWait(text: string): number | undefined {
  for (const sentence of text.split(/[。！；!;\n]|\.(?:\s|$)/)) {
    if (!AGAIN.test(sentence)) continue;
    for (const [unit, unitMs] of otherLanguageUnitsMs) {
      const [, amount] = unit.exec(sentence) ?? [];
      if (amount !== undefined) return Math.round(Number(amount.replace(',', '.')) * unitMs);
    }
  }
  return undefined;
}

/** The latest reset of the exhausted limits; if no header says which are exhausted, the earliest reset of all. */
function resetWait(headers: Headers | undefined, nowMs: number): number | undefined {
  const spent: number[] = [];
  const others: number[] = [];
  for (const [name, value] of headers ?? []) {
    if (!/ratelimit/i.test(name) || !/reset/i.test(name)) continue;
    const wait = timeOf(value, nowMs);
    if (wait === undefined) continue;
    const remaining = headers?.get(name.replace('reset-after', 'remaining').replace('reset', 'remaining'));
    (numberOf(remaining) === 0 ? spent : others).push(wait);
  }
  if (spent.length > 0) return Math.max(...spent);
  return others.length === 0 ? undefined : Math.min(...others);
}
