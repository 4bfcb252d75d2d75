/** Redacts secrets in texts. */
export interface Secrets {
  /** `text` with every secret, or eight or more chars of one, replaced by `[key]`. */
  redact(text: string): string;
  /** Whether `redact` would find a secret, or eight or more chars of one. */
  isIn(text: string): boolean;
}

/** Shorter parts of a key reveal nothing and occur by chance. */
const MIN_PART_CHARS = 8;

/** Shorter values are placeholders for servers that need no key: `x`, `no`. */
const MIN_SECRET_CHARS = 4;

/** Digits that are bytes in decimal or octal: eight of them are less than three chars of a key. */
const MIN_PART_DIGITS = 16;

/**
 * Finds secrets in every form in which a server may repeat them: unchanged, reversed, URL-encoded once and twice,
 * escaped for JSON and HTML, in hexadecimal, as a list of bytes, in base64 at any offset and twice, and each of
 * these in upper or lower case, broken into lines or with spaces and punctuation between; with chars as HTML
 * entities, as `\u002b`, `\x2b` or `%2B`, also nested; whole, or any part of eight or more chars, since a page may
 * truncate them anywhere.
 *
 * @param values Keys and other secrets. Values shorter than four chars are ignored; one shorter than eight is found
 * only as a whole.
 */
export function createSecrets(values: readonly string[]): Secrets {
  const secrets = values.filter((value) => value.length >= MIN_SECRET_CHARS);
  const forms = secrets.flatMap(formsOf).map(lowered);
  const searches: readonly Search[] = [
    { read: asItIs, parts: partsOf(forms, MIN_PART_CHARS), chars: MIN_PART_CHARS },
    { read: dense, parts: partsOf(forms.map(denseText), MIN_PART_CHARS), chars: MIN_PART_CHARS },
    { read: dense, parts: partsOf(secrets.flatMap(digitsOf), MIN_PART_DIGITS), chars: MIN_PART_DIGITS },
  ].filter(({ parts }) => parts.size > 0);
  const short = secrets.filter((secret) => secret.length < MIN_PART_CHARS);
  const withoutSecrets = (text: string) => {
    const whole = short.reduce((left, secret) => left.replaceAll(secret, '[key]'), text);
    return searches.length === 0 ? whole : withoutHidden(whole, searches);
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
  // Other encoders also encode the chars that JavaScript leaves unchanged.
  const strict = secret.replaceAll(/[^A-Za-z0-9]/g, (char) => `%${hexOf(char, 2)}`);
  const base64 = bytes.toString('base64');
  return [
    secret,
    Array.from(secret).toReversed().join(''),
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
      base64At(Buffer.from(base64), offset, 'base64'),
      base64At(Buffer.from(bytes.toString('hex')), offset, 'base64'),
      base64At(Buffer.from(secret, 'utf16le'), offset, 'base64'),
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

/** Lower case for ASCII only: other letters might change their length. */
function lowered(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** The chars of a base64 text that depend on these bytes only, when `offset` (mod 3) other bytes precede them. */
function base64At(bytes: Buffer, offset: number, encoding: 'base64' | 'base64url'): string {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes]);
  const usable = whole.subarray(0, whole.length - (whole.length % 3));
  return usable.toString(encoding).slice(offset === 0 ? 0 : offset + 1);
}

/** The bytes of a secret, concatenated in decimal and in octal. */
function digitsOf(secret: string): string[] {
  const bytes = [...Buffer.from(secret, 'utf8')];
  return [bytes.join(''), bytes.map((byte) => byte.toString(8).padStart(3, '0')).join('')];
}

/** Parts of secrets, and how a text is normalized to find them. */
interface Search {
  readonly read: (text: string) => Reading;
  readonly parts: ReadonlySet<string>;
  /** The length of every part. */
  readonly chars: number;
}

/** The chars of a normalized text, and their positions in the original. */
interface Reading {
  readonly chars: string;
  readonly at: (index: number) => number;
}

function asItIs(text: string): Reading {
  return { chars: lowered(text), at: (index) => index };
}

/** Letters and digits only: line breaks may be anywhere, and punctuation may separate bytes and words. */
function dense(text: string): Reading {
  const places: number[] = [];
  let chars = '';
  for (const { 0: run, index } of text.matchAll(/[A-Za-z0-9]+/g)) {
    chars += run;
    for (let at = index; at < index + run.length; at += 1) places.push(at);
  }
  return { chars: lowered(chars), at: (index) => places[index] ?? text.length };
}

function denseText(text: string): string {
  return text.replaceAll(/[^a-z0-9]+/g, '');
}

function partsOf(forms: readonly string[], chars: number): ReadonlySet<string> {
  return new Set(
    forms.flatMap((form) =>
      Array.from({ length: Math.max(0, form.length - chars + 1) }, (_, at) => form.slice(at, at + chars)),
    ),
  );
}

function withoutParts(text: string, searches: readonly Search[]): string {
  const spans = searches.flatMap((search) => spansIn(text, search)).toSorted(([one], [other]) => one - other);
  let out = '';
  let copiedTo = 0;
  for (const [at, end] of spans) {
    if (at >= copiedTo) out += `${text.slice(copiedTo, at)}[key]`;
    copiedTo = Math.max(copiedTo, end);
  }
  return spans.length === 0 ? text : out + text.slice(copiedTo);
}

/** The ranges of a text that contain parts; overlapping ones are merged. */
function spansIn(text: string, { read, parts, chars }: Search): [number, number][] {
  const reading = read(text);
  const spans: [number, number][] = [];
  let end = 0;
  for (let index = 0; index + chars <= reading.chars.length; index += 1) {
    if (!parts.has(reading.chars.slice(index, index + chars))) continue;
    const until = reading.at(index + chars - 1) + 1;
    const last = spans.at(-1);
    if (last !== undefined && index < end) last[1] = until;
    else spans.push([reading.at(index), until]);
    end = index + chars;
  }
  return spans;
}

/** How many levels of nested encoding are decoded. */
const MAX_DEPTH = 3;

/** A text in which a secret appears only after decoding is returned decoded and redacted. */
function withoutHidden(text: string, searches: readonly Search[]): string {
  let shown = withoutParts(text, searches);
  let plain = text;
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    const next = decoded(plain);
    if (next === plain) break;
    plain = next;
    const without = withoutParts(plain, searches);
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
    .replaceAll(/[\\%]u([0-9a-f]{4})/gi, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    )
    .replaceAll(/\\(?:x|u\{)([0-7][0-9a-f])\}?/gi, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    )
    .replaceAll(/%([0-7][0-9a-f])/gi, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    );
}

/** Redacts what looks like a key, even an unknown one. */
function withoutLookalikes(text: string): string {
  return (
    text
      .replaceAll(/\b(?:(?:sk|pk|key|xai|nvapi)-|(?:sk|gsk|hf|pk|sw[klst])_)[\w*.-]{6,}/g, '[key]')
      // A JSON Web Token, or a part of one.
      .replaceAll(/\beyJ[\w.-]{20,}/g, '[key]')
      .replaceAll(/Bearer\s+(?!\[key\])\S+/gi, 'Bearer [key]')
  );
}
