import { MessageChannel } from 'node:worker_threads';

/**
 * Keeps the process alive while it waits only for a timer: the timers of `Clock` are unref'd, and between two runs
 * there is no open socket either.
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
