import type { IncomingMessage } from 'node:http';
import { wireErrors } from '@stagewire/shared/wire-errors';

/**
 * Reads by `data` and `end`, whose listeners `chargeBody` removes from a body that it rejects: the promise
 * stays pending then.
 *
 * @throws StagewireError TOO_LARGE.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const parts: Buffer[] = [];
  let bytes = 0;
  const add = (part: Buffer) => {
    bytes += part.length;
    parts.push(part);
    if (bytes <= maxBytes) return;
    request.off('data', add);
    reject(wireErrors.TOO_LARGE.body(maxBytes));
  };
  request.on('data', add);
  request.once('end', () => resolve(Buffer.concat(parts)));
  request.once('close', () => reject(new Error('the request was broken off')));
  return promise;
}
