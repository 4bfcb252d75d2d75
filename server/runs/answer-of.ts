/** As a line's end: in the middle of a line the tag is spoken of. */
const closingTag =
  /(?:<\/(?:think|thinking|thoughts?|reasoning|seed:think)>|\[\/think\]|◁\/think▷)[ \t]*(?:\r?\n|$)/i;
const openingTag = /<(?:think|thinking|thoughts?|reasoning|seed:think)>|\[think\]|◁think▷/i;

/**
 * A text without the thought at its front that some models send with a closing tag only, since their template has
 * opened it. A tag behind an opening one is part of the text.
 */
export function answerOf(text: string): string {
  const closing = closingTag.exec(text);
  if (closing === null || openingTag.test(text.slice(0, closing.index))) return text;
  return text.slice(closing.index + closing[0].length);
}
