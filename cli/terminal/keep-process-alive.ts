import { MessageChannel } from 'node:worker_threads';

/**
 * Keeps the process from ending while it waits for nothing but a timer: those of the Clock hold nothing, and between
 * two runs there is no socket either.
 */
export function keepProcessAlive(): Disposable {
  const { port1, port2 } = new MessageChannel();
  port1.on('message', () => undefined);
  return {
    [Symbol.dispose]() {
      port1.close();
      port2.close();
    },
  };
}
