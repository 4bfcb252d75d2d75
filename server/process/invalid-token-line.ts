const token =
  /\s*(?:"(?:[^"\\\n]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:])/y;

/** The line of the first text that is no token of JSON, from 1; `undefined` if there is none. */
export function invalidTokenLine(text: string): number | undefined {
  const tokens = new RegExp(token);
  let end = 0;
  while (tokens.test(text)) end = tokens.lastIndex;
  const rest = text.slice(end).trimStart();
  return rest === '' ? undefined : text.slice(0, text.length - rest.length).split('\n').length;
}
