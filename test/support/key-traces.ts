/** Fewer characters of a key say nothing about it. */
const partChars = 8;

/**
 * What of the keys can be read in a text: every eight characters of one that are in it as they are, in other letters, or
 * after the text or a word of it was decoded as URL, JSON, HTML, hexadecimal or base64, once or twice.
 */
export function keyTraces(keys: readonly string[], text: string): string[] {
  const readings = [text.toLowerCase()];
  const decoded = [...decodings(text), ...decodings(text).flatMap(decodings)];
  readings.push(...decoded.map((reading) => reading.toLowerCase()));
  const all = readings.join('\n');
  return keys.flatMap((key) =>
    Array.from({ length: Math.max(0, key.length - partChars + 1) }, (_, at) =>
      key.slice(at, at + partChars),
    ).filter((part) => all.includes(part.toLowerCase())),
  );
}

function decodings(text: string): string[] {
  const words = text.match(/[\w+/-]{8,}/g) ?? [];
  const fromWords = words.flatMap((word) => [
    ...[0, 1, 2, 3].map((at) => Buffer.from(word.slice(at), 'base64').toString('latin1')),
    ...[0, 1].map((at) => Buffer.from(word.slice(at), 'hex').toString('latin1')),
  ]);
  return [
    text.replaceAll(/%([0-9a-f]{2})/gi, (_, code: string) => fromCode(code)),
    text
      .replaceAll(/\\u([0-9a-f]{4})/gi, (_, code: string) => fromCode(code))
      .replaceAll(/\\(["\\/])/g, '$1'),
    text
      .replaceAll(/&#x([0-9a-f]{1,4});/gi, (_, code: string) => fromCode(code))
      .replaceAll(/&#(\d{1,5});/g, (_, code: string) => String.fromCharCode(Number(code)))
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&'),
    fromWords.join('\n'),
  ];
}

function fromCode(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}
