import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { startApp } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';
import { systemClock, type Clock } from '../../server/runtime/clock.ts';
import type { TransportLimits } from '../../server/transport/limits.ts';
import type { Measurement } from './measured-process.ts';

/**
 * The server in a process of its own that says over IPC what it holds. Needs `--expose-gc`. Its argument is JSON:
 * the environment of the server and its transport limits.
 */
const { env, transport } = JSON.parse(process.argv[2] ?? '{}') as {
  env: Record<string, string>;
  transport: Partial<TransportLimits>;
};
const sockets = new Set<Socket>();
subscribe('net.server.socket', (message) => {
  const { socket } = message as { readonly socket: Socket };
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
});
let timers = 0;
const clock: Clock = {
  now: () => systemClock.now(),
  wall: () => systemClock.wall(),
  elapsed: () => systemClock.elapsed(),
  turn: (task) => systemClock.turn(task),
  after(delayMs, task) {
    timers += 1;
    let pending = true;
    const over = () => {
      if (pending) timers -= 1;
      pending = false;
    };
    const cancel = systemClock.after(delayMs, () => {
      over();
      task();
    });
    return () => {
      over();
      cancel();
    };
  },
};

// Here models write more than real ones may, so that something is held up.
const runs = { maxAttemptChars: 1e9, maxRunChars: 1e9 };
const app = await startApp({ config: readConfig(env), transport, runs, clock });

async function measure(): Promise<Measurement> {
  // More than once: what a finalizer lets go of is garbage only then.
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc?.();
    await turn();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    heldBytes: heapUsed + external,
    rssBytes: rss,
    timers,
    sockets: sockets.size,
    unsentBytes: [...sockets].reduce((sum, { writableLength }) => sum + writableLength, 0),
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  };
}

process.on('message', () => {
  void measure().then((measurement) => process.send?.(measurement));
});
process.on('disconnect', () => process.exit(0));
process.send?.({ url: app.url });
