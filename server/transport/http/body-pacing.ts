import type { IncomingMessage } from 'node:http';
import type { TurnBudget } from '../../runtime/turn-budget.ts';

/** Bytes of a body that are read before its next ones wait for their turn: most bodies are read in one task. */
const bytesPerTask = 2 * 1024 * 1024;

/** Reads a large body in turns of the event loop. */
export interface BodyPacing {
  /** Reading waits for its turn. Called before there is a `data` listener, or in one. */
  wait(): void;
  /** Called by a `data` listener with the length of each chunk. */
  received(chunkBytes: number): void;
}

/**
 * Node.js reads from every readable socket in each turn, up to 2 MB from each. With hundreds of large bodies a turn would
 * take half a second, and it accepts one connection.
 */
export function createBodyPacing(request: IncomingMessage, turns: TurnBudget): BodyPacing {
  let leftBytes = bytesPerTask;

  function wait(): void {
    leftBytes = bytesPerTask;
    request.pause();
    turns.run(() => {
      if (request.destroyed) return false;
      request.resume();
      return true;
    });
  }

  return {
    wait,
    received(chunkBytes) {
      leftBytes -= chunkBytes;
      if (leftBytes <= 0) wait();
    },
  };
}
