import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAttackedServer, type AttackedServer, type Damage } from '../support/attacked-server.ts';
import { expectWithin, isUnmeasurable } from '../support/damage-bounds.ts';
import { writeLongRuns } from '../support/long-runs.ts';
import * as attack from '../support/peer-attacks.ts';
import { sizes, timeoutMs } from './sizes.ts';

// With a heap of 256 MB, whatever peers and the runs that they start do: the process stays within the bounds of
// `damage-bounds.ts`, and others are answered meanwhile.

const size = sizes.attacks;

let server: AttackedServer;

describe.skipIf(isUnmeasurable)('a server that is attacked by its peers', () => {
  beforeAll(async () => {
    server = await startAttackedServer({
      prepare: (dataDir) =>
        writeLongRuns(dataDir, { chars: size.longRunChars, events: 77_000, others: size.followedRuns }),
    });
  }, timeoutMs);

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  const requests = { requests: size.requests, calls: 64 };
  const peerAttacks: readonly (readonly [name: string, attack: () => Promise<unknown>])[] = [
    ['batches that ask for one long run again and again', () => attack.askForLongRun(server.port, requests)],
    [
      'batches over WebSockets that ask for one long run again and again',
      () => attack.askForLongRunOnSockets(server.port, { sockets: size.askingSockets, calls: 16 }),
    ],
    [
      'commands to a long run that has ended, and questions about it',
      () => attack.pesterEndedRun(server.port, { cancels: 50, questions: 20 }),
    ],
    [
      'messages that are begun and not ended',
      () => attack.beginMessages(server.port, { sockets: 200, bytes: size.begunBytes }),
    ],
    [
      'bodies that are begun and not ended',
      () => attack.beginBodies(server.port, { sockets: 200, bytes: size.begunBytes }),
    ],
    ['the legacy route, resumed in a long run', () => attack.resumeLegacyRoute(server.port, { readers: 20 })],
    [
      'every socket with 256 subscriptions of other runs, which are read',
      () => attack.followManyRuns(server.port, { ...following, isReading: true }),
    ],
    [
      'every socket with 256 subscriptions of other runs, which nobody reads',
      () => attack.followManyRuns(server.port, { ...following, sockets: size.deafSockets, isReading: false }),
    ],
    ['long answers that nobody reads', () => attack.askAndNotRead(server.port, { readers: 100 })],
    [
      'a log that nobody reads',
      async () => {
        server.leaveOutputUnread(true);
        await attack.fillLog(server.port, { sockets: size.logLines, chars: 14_000 });
        server.leaveOutputUnread(false);
      },
    ],
    [
      'many starts of the greatest size at once',
      () => attack.startLargeRuns(server.port, { starts: size.largeStarts, fileChars: 190_000 }),
    ],
    [
      'many starts of the greatest size at once, over WebSockets',
      () => attack.startLargeRunsOnSockets(server.port, { starts: size.largeStarts, fileChars: 190_000 }),
    ],
    [
      'thousands of runs that wait, with instructions and steers',
      () => attack.queueRuns(server.port, { starts: size.queuedRuns, steers: size.queuedRuns / 4 }),
    ],
  ];
  const following = { sockets: size.followingSockets, runs: Math.min(256, size.followedRuns) };

  test.each(peerAttacks)(
    '%s',
    async (name, begin) => {
      expectWithin(await suffer(begin), name);
      expect(server.isAlive).toBe(true);
    },
    timeoutMs,
  );

  test(
    'all these runs are still there after a restart, and the server serves',
    async () => {
      await server.restart('SIGKILL');
      expectWithin(await suffer(() => server.heldBytes()), 'the server after its restart');
      expect(await attack.post(server.port, 'runs.start', { task: 'one more' })).toBe(200);
    },
    timeoutMs,
  );
});

/** One round of the attack, or as many as there is time for. */
function suffer(begin: () => Promise<unknown>): Promise<Damage> {
  return server.suffer(async () => {
    const untilMs = performance.now() + size.secondsEach * 1000;
    do await begin();
    while (performance.now() < untilMs);
  });
}
