/** Takes what must not be seen out of texts. */
export interface Secrets {
  /** `text` with every secret, or eight or more characters of one, replaced by `[key]`. */
  redact(text: string): string;
}

/** Fewer characters of a key than this say nothing about it and occur by chance. */
const MIN_PART_CHARS = 8;

/**
 * Secrets in every form in which a server may repeat them: as they are, URL-encoded, escaped for JSON, in base64 at any
 * offset; in whole, or any part of eight or more characters, since a page may cut them anywhere.
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
      return withoutLookalikes(parts.size === 0 ? whole : withoutParts(whole, parts));
    },
  };
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const escaped = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
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

/** What looks like somebody's key, ours or not. */
function withoutLookalikes(text: string): string {
  return text
    .replaceAll(/\b(?:sk|pk|key)-[\w*.-]{6,}/g, '[key]')
    .replaceAll(/Bearer\s+(?!\[key\])\S+/gi, 'Bearer [key]');
}
