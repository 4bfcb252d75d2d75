import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Counts the requests in flight of each connection, and closes one with more than `maxRequests`: Node.js starts
 * every request in a packet and applies no backpressure to them.
 *
 * @returns for each new request, whether it may be served: not on a closed connection.
 */
export function createPipeliningGuard(maxRequests: number): (response: ServerResponse) => boolean {
  const underWay = new WeakMap<Socket, number>();

  return (response) => {
    const { socket } = response.req;
    if (socket.destroyed) return false;
    const count = (underWay.get(socket) ?? 0) + 1;
    if (count > maxRequests) {
      socket.destroy();
      return false;
    }
    underWay.set(socket, count);
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      underWay.set(socket, (underWay.get(socket) ?? 1) - 1);
    };
    response.once('finish', end);
    response.once('close', end);
    return true;
  };
}
