/**
 * How many of the bytes written to a TCP socket its system has taken so far. `bytesWritten` counts what waits too, and a
 * write tells nothing before all of it is taken, which for one large message over a slow line is minutes; so this asks
 * the handle, as the `timeout` of Node's own sockets does.
 *
 * A system takes more only when a good part of its buffer is free again: over loopback, where it grows to 4 MB, about
 * every 1.4 MB.
 *
 * @returns a number that only grows; 0 if it cannot be told.
 */
export function takenBytes(socket: object | null): number {
  const handle: unknown = socket === null ? undefined : Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return 0;
  const given: unknown = Reflect.get(handle, 'bytesWritten');
  const waiting: unknown = Reflect.get(handle, 'writeQueueSize');
  return typeof given === 'number' && typeof waiting === 'number' ? given - waiting : 0;
}

/** How many bytes were written to a TCP socket, also those that wait. */
export function writtenBytes(socket: object | null): number {
  const bytes: unknown = socket === null ? undefined : Reflect.get(socket, 'bytesWritten');
  return typeof bytes === 'number' ? bytes : 0;
}
