/** Estimated memory of an answer as JSON and as bytes, without creating either: two bytes per UTF-16 unit of text. */
export function bytesOfAnswer(value: unknown): number {
  if (typeof value === 'string') return value.length * 2;
  if (typeof value !== 'object' || value === null) return 16;
  let bytes = 16;
  for (const [key, field] of Object.entries(value)) bytes += key.length + bytesOfAnswer(field);
  return bytes;
}
