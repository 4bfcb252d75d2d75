/**
 * The first key that an object of this JSON text has twice, at any depth, with its line. `JSON.parse` keeps the last
 * value of such a key and discards the others.
 *
 * @param json Valid JSON.
 */
export function findDuplicateKey(json: string): { readonly key: string; readonly line: number } | undefined {
  const open: (Set<string> | undefined)[] = [];
  let text = '';
  for (const { 0: token, index } of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token !== ':') text = token;
    else {
      const key = String(JSON.parse(text));
      const keys = open.at(-1);
      if (keys?.has(key) === true) return { key, line: json.slice(0, index).split('\n').length };
      keys?.add(key);
    }
  }
  return undefined;
}
