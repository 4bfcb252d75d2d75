/** Takes what must not be seen out of texts. */
export interface Secrets {
  /** `text` with every secret, or eight or more characters of one, replaced by `[key]`. */
  redact(text: string): string;
  /** Whether `redact` would find a secret, or eight or more characters of one. */
  isIn(text: string): boolean;
}

/** Fewer characters of a key than this say nothing about it and occur by chance. */
const MIN_PART_CHARS = 8;

/**
 * Secrets in every form in which a server may repeat them: as they are, URL-encoded once and twice, escaped for JSON and
 * HTML, in hexadecimal, in base64 at any offset, and each of these in capitals or small letters; with characters as
 * entities of HTML, as `\u002b` or as `%2B`, also of one another; in whole, or any part of eight or more characters, since a
 * page may cut them anywhere.
 *
 * @param values Keys and other secrets; an empty one is none. One shorter than eight characters is found in whole only.
 */
export function createSecrets(values: readonly string[]): Secrets {
  const secrets = values.filter((value) => value !== '');
  const parts = new Set(
    secrets.flatMap((secret) => formsOf(secret).flatMap((form) => partsOf(lowered(form), MIN_PART_CHARS))),
  );
  const short = secrets.filter((secret) => secret.length < MIN_PART_CHARS);
  const withoutSecrets = (text: string) => {
    const whole = short.reduce((left, secret) => left.replaceAll(secret, '[key]'), text);
    return parts.size === 0 ? whole : withoutHidden(whole, parts);
  };
  return {
    redact: (text) => withoutLookalikes(withoutSecrets(text)),
    isIn: (text) => withoutSecrets(text) !== text,
  };
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const escaped = JSON.stringify(secret).slice(1, -1);
  const encoded = encodeURIComponent(secret);
  // What JavaScript leaves as it is, others encode.
  const strict = secret.replaceAll(/[^A-Za-z0-9]/g, (char) => `%${hexOf(char, 2)}`);
  return [
    secret,
    decoded(secret),
    escaped,
    escaped.replaceAll('/', '\\/'),
    JSON.stringify(escaped).slice(1, -1),
    secret.replaceAll(/[^A-Za-z0-9]/g, (char) => `\\u${hexOf(char, 4)}`),
    secret.replaceAll(/[<>&'"]/g, (char) => `\\u${hexOf(char, 4)}`),
    secret.replaceAll(/[<>&'"]/g, (char) => htmlNames[char] ?? char),
    secret.replaceAll(/[^A-Za-z0-9]/g, (char) => `&#${char.charCodeAt(0)};`),
    secret.replaceAll(/[^A-Za-z0-9]/g, (char) => `&#x${hexOf(char, 2)};`),
    encoded,
    encodeURI(secret),
    encodeURIComponent(encoded),
    strict,
    encodeURIComponent(strict),
    bytes.toString('hex'),
    ...[0, 1, 2].flatMap((offset) => [
      base64At(bytes, offset, 'base64'),
      base64At(bytes, offset, 'base64url'),
    ]),
  ];
}

const htmlNames: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  "'": '&#39;',
  '"': '&quot;',
};

function hexOf(char: string, digits: number): string {
  return char.charCodeAt(0).toString(16).padStart(digits, '0');
}

/** In small letters, as far as ASCII goes: other letters might change their number. */
function lowered(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** The characters of a base64 text that depend on these bytes alone when so many others (mod 3) stand before them. */
function base64At(bytes: Buffer, offset: number, encoding: 'base64' | 'base64url'): string {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes]);
  const usable = whole.subarray(0, whole.length - (whole.length % 3));
  return usable.toString(encoding).slice(offset === 0 ? 0 : offset + 1);
}

function partsOf(form: string, chars: number): string[] {
  return Array.from({ length: Math.max(0, form.length - chars + 1) }, (_, at) => form.slice(at, at + chars));
}

function withoutParts(text: string, parts: ReadonlySet<string>): string {
  const low = lowered(text);
  let out = '';
  let copiedTo = 0;
  for (let at = 0; at + MIN_PART_CHARS <= text.length; at += 1) {
    if (!parts.has(low.slice(at, at + MIN_PART_CHARS))) continue;
    let end = at + MIN_PART_CHARS;
    for (let next = at + 1; next <= end && next + MIN_PART_CHARS <= text.length; next += 1) {
      if (parts.has(low.slice(next, next + MIN_PART_CHARS))) end = next + MIN_PART_CHARS;
    }
    out += `${text.slice(copiedTo, at)}[key]`;
    copiedTo = end;
    at = end - 1;
  }
  return out + text.slice(copiedTo);
}

/** How often one encoding is looked for in another. */
const MAX_DEPTH = 3;

/** A text that holds a secret only when its characters are decoded is given back decoded, and without it. */
function withoutHidden(text: string, parts: ReadonlySet<string>): string {
  let shown = withoutParts(text, parts);
  let plain = text;
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    const next = decoded(plain);
    if (next === plain) break;
    plain = next;
    const without = withoutParts(plain, parts);
    if (without !== plain) shown = without;
  }
  return shown;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decoded(text: string): string {
  return text
    .replaceAll(/&#x([0-9a-f]{1,5});/gi, (_, digits: string) =>
      String.fromCodePoint(Number.parseInt(digits, 16)),
    )
    .replaceAll(/&#(\d{1,6});/g, (_, digits: string) => String.fromCodePoint(Number(digits)))
    .replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? '')
    .replaceAll(/\\u([0-9a-f]{4})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
    .replaceAll(/%([0-7][0-9a-f])/gi, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    );
}

/** What looks like somebody's key, ours or not. */
function withoutLookalikes(text: string): string {
  return text
    .replaceAll(/\b(?:(?:sk|pk|key|xai|nvapi)-|(?:sk|gsk|hf|pk)_)[\w*.-]{6,}/g, '[key]')
    .replaceAll(/Bearer\s+(?!\[key\])\S+/gi, 'Bearer [key]');
}
