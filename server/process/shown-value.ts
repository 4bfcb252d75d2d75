/**
 * An invalid value without possible secrets: text before an @ may be a password, text after a ? or a # a key,
 * and a long word of letters and digits a key in the wrong variable.
 */
export function shownValue(value: string): string {
  const words = value.match(/[a-z\d]{12,}/gi) ?? [];
  if (words.some((word) => /\d/.test(word) && /[a-z]/i.test(word))) return '…';
  return value.replace(/^(\w+:\/\/)?[^]*@/, '$1…@').replace(/([?#])[^\s,]+/g, '$1…');
}
