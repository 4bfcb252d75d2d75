/**
 * Characters that are invisible in a name or change how it is displayed: control characters, characters that set the
 * direction of text, zero-width characters, blank fillers and unpaired surrogates. The two emoji variation selectors
 * are not included. Ranges instead of Unicode properties, since not every engine that runs a client supports those.
 */
const unseen = new RegExp(
  '[' +
    String.raw`\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f` +
    String.raw`\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb` +
    String.raw`\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}` +
    ']',
  'gu',
);

/** The invisible characters of a name, in the form `U+202E`, each once. */
export function unseenIn(name: string): readonly string[] {
  return [...new Set(name.match(unseen) ?? [])].map(codePoint);
}

/** A name for display: invisible characters are replaced by `<U+202E>`. */
export function visibleName(name: string): string {
  return name.replaceAll(unseen, (character) => `<${codePoint(character)}>`);
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
