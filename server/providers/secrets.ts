/** Takes what must not be seen out of texts. */
export interface Secrets {
  /** `text` with every secret, or eight or more characters of one, replaced by `[key]`. */
  redact(text: string): string;
  /** Whether `redact` would find a secret, or eight or more characters of one. */
  isIn(text: string): boolean;
}

/** Fewer characters of a key than this say nothing about it and occur by chance. */
const MIN_PART_CHARS = 8;

/** Shorter values are what programs want to be given where a server wants no key: `x`, `no`. */
const MIN_SECRET_CHARS = 4;

/** Digits that are bytes in decimals or octals: eight of them are less than three characters of a key. */
const MIN_PART_DIGITS = 16;

/**
 * Secrets in every form in which a server may repeat them: as they are, backwards, URL-encoded once and twice, escaped for
 * JSON and HTML, in hexadecimal, as a list of bytes, in base64 at any offset and twice, and each of these in capitals or
 * small letters, broken into lines or with blanks and signs between; with characters as entities of HTML, as `\u002b`,
 * `\x2b` or `%2B`, also of one another; in whole, or any part of eight or more characters, since a page may cut them
 * anywhere.
 *
 * @param values Keys and other secrets; one shorter than four characters is none. One shorter than eight is found in
 *   whole only.
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
  // What JavaScript leaves as it is, others encode.
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

/** The bytes of a secret one behind the other, in decimals and in octals. */
function digitsOf(secret: string): string[] {
  const bytes = [...Buffer.from(secret, 'utf8')];
  return [bytes.join(''), bytes.map((byte) => byte.toString(8).padStart(3, '0')).join('')];
}

/** Parts of secrets, and how a text is read to find them. */
interface Search {
  readonly read: (text: string) => Reading;
  readonly parts: ReadonlySet<string>;
  /** Of every part. */
  readonly chars: number;
}

/** Characters of a text, and where each of them stands in it. */
interface Reading {
  readonly chars: string;
  readonly at: (index: number) => number;
}

function asItIs(text: string): Reading {
  return { chars: lowered(text), at: (index) => index };
}

/** Letters and digits alone: a line may be broken anywhere, and signs stand between bytes and words. */
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

/** Where parts stand in a text: from and to, those that overlap together. */
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

/** How often one encoding is looked for in another. */
const MAX_DEPTH = 3;

/** A text that holds a secret only when its characters are decoded is given back decoded, and without it. */
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

/** What looks like somebody's key, ours or not. */
function withoutLookalikes(text: string): string {
  return text
    .replaceAll(/\b(?:(?:sk|pk|key|xai|nvapi)-|(?:sk|gsk|hf|pk)_)[\w*.-]{6,}/g, '[key]')
    .replaceAll(/Bearer\s+(?!\[key\])\S+/gi, 'Bearer [key]');
}
