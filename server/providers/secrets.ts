/** Takes what must not be seen out of texts. */
export interface Secrets {
  /** `text` with every secret, or eight or more characters of one, replaced by `[key]`. */
  redact(text: string): string;
}

/** Fewer characters of a key than this say nothing about it and occur by chance. */
const MIN_PART_CHARS = 8;

/**
 * Secrets in every form in which a server may repeat them: as they are, URL-encoded, escaped for JSON, in base64 at any
 * offset, with characters as entities of HTML, as `\u002b` or as `%2B`, also of one another; in whole, or any part of eight or more characters, since a page may cut them anywhere.
 *
 * @param values Keys and other secrets; an empty one is none. One shorter than eight characters is found in whole only.
 */
export function createSecrets(values: readonly string[]): Secrets {
  const secrets = values.filter((value) => value !== '');
  const parts = new Set(
    secrets.flatMap((secret) => formsOf(secret).flatMap((form) => partsOf(form, MIN_PART_CHARS))),
  );
  const short = secrets.filter((secret) => secret.length < MIN_PART_CHARS);
  return {
    redact(text) {
      const whole = short.reduce((left, secret) => left.replaceAll(secret, '[key]'), text);
      return withoutLookalikes(parts.size === 0 ? whole : withoutHidden(whole, parts));
    },
  };
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const escaped = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    decoded(secret),
    escaped,
    escaped.replaceAll('/', '\\/'),
    encodeURIComponent(secret),
    encodeURIComponent(secret).replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    bytes.toString('hex'),
    ...[0, 1, 2].flatMap((offset) => [
      base64At(bytes, offset, 'base64'),
      base64At(bytes, offset, 'base64url'),
    ]),
  ];
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
  let out = '';
  let copiedTo = 0;
  for (let at = 0; at + MIN_PART_CHARS <= text.length; at += 1) {
    if (!parts.has(text.slice(at, at + MIN_PART_CHARS))) continue;
    let end = at + MIN_PART_CHARS;
    for (let next = at + 1; next <= end && next + MIN_PART_CHARS <= text.length; next += 1) {
      if (parts.has(text.slice(next, next + MIN_PART_CHARS))) end = next + MIN_PART_CHARS;
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
    .replaceAll(/\b(?:sk|pk|key)-[\w*.-]{6,}/g, '[key]')
    .replaceAll(/Bearer\s+(?!\[key\])\S+/gi, 'Bearer [key]');
}
