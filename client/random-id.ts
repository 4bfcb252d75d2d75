/** A UUID, version 4. Works also on pages served over plain HTTP, where `crypto.randomUUID` is missing. */
export function randomCommandId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * A new run id whose first part sorts by time, like the ids that the server creates.
 *
 * @param atMs Milliseconds since the Unix epoch, as `Date.now()`.
 */
export function randomRunId(atMs: number): string {
  const random = hex(crypto.getRandomValues(new Uint8Array(8)));
  return `run_${atMs.toString(36).padStart(9, '0')}${random}`;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
