/**
 * How many of the bytes written to a TCP socket its system has accepted so far. `bytesWritten` includes pending
 * ones, and a write completes only as a whole, which for one large message over a slow line takes minutes; so
 * this reads the handle, as the `timeout` of Node's own sockets does.
 *
 * A system accepts more only when a good part of its buffer is free again: over loopback, where it grows to 4
 * MB, about every 1.4 MB.
 *
 * @returns a number that only grows; 0 if it is unknown.
 */
export function flushedBytes(socket: object | null): number {
  const handle: unknown = socket === null ? undefined : Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return 0;
  const given: unknown = Reflect.get(handle, 'bytesWritten');
  const waiting: unknown = Reflect.get(handle, 'writeQueueSize');
  return typeof given === 'number' && typeof waiting === 'number' ? given - waiting : 0;
}

/** How many bytes were written to a TCP socket, including pending ones. */
export function writtenBytes(socket: object | null): number {
  const bytes: unknown = socket === null ? undefined : Reflect.get(socket, 'bytesWritten');
  return typeof bytes === 'number' ? bytes : 0;
}
