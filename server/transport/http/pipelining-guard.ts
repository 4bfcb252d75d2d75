import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Counts the requests of each connection that are under way, and cuts one that has more than `maxRequests`: Node.js
 * begins every request that a packet holds, and none of them is read more slowly because nobody takes the answers.
 *
 * @returns for each request, when it comes, whether it may be served: not on a connection that was cut.
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
