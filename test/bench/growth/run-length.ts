import { join } from 'node:path';
import type { DurableEvent } from '@stagewire/shared';
import type { EventLog } from '../../../server/log/event-log.ts';
import { createSqliteLog } from '../../../server/log/sqlite.ts';
import { systemClock } from '../../../server/runtime/clock.ts';
import { Invalid } from '../figure.ts';
import type { MeasuredProcess } from '../measured-process.ts';
import { followRun, type HeardEvent } from '../sides.ts';
import { deltaChars, deltaEvent, latestOrdinal, queuedEvent, storedRunId } from '../stored-runs.ts';
import type { TokenStream } from '../token-provider.ts';
import type { Curve, Growth, GrowthOptions } from './curve.ts';
import { openGrowthServer } from './growth-server.ts';
import { createPoints, type Points } from './points.ts';

const curves = {
  restart: { what: 'restart until the run has asked the provider again', unit: 'ms', costOf: 'all' },
  memory: { what: 'memory after that', unit: 'MB', costOf: 'all' },
  joined: { what: 'late join', unit: 'ms', costOf: 'all' },
  appended: { what: 'a token after that, received by a subscriber', unit: 'µs', costOf: 'one' },
  attempt: { what: 'a token, in an attempt that has become so long', unit: 'µs', costOf: 'one' },
} as const satisfies Record<string, Omit<Curve, 'points'>>;

type Add = Points<keyof typeof curves>['add'];

/** The deltas of one run. */
export const runLength: Growth = {
  id: 'length',
  async measure(options) {
    const { quick, long, log: say } = options;
    const amounts = quick ? [1000, 3000, 10_000] : [1000, 10_000, 100_000, ...(long ? [1_000_000] : [])];
    const points = createPoints(curves);
    for (const amount of amounts) {
      await measureStored(amount, points.add, options);
      say(`  ${amount.toLocaleString('en')} deltas: ${points.latest()}`);
    }
    const live = quick ? [1000, 3000] : [1000, 3000, 10_000, 30_000, ...(long ? [100_000, 300_000] : [])];
    await measureAttempt(live, points.add, options);
    say(`  one attempt: ${points.latest()}`);
    return {
      id: 'length',
      grows: 'deltas of a run',
      notes: [
        'a live run of so many deltas, written to the log directly, with which the server starts',
        'the last curve: an attempt at a provider that writes a token when the one before was received',
      ],
      curves: points.curves(),
    };
  },
};

async function measureStored(amount: number, add: Add, { quick, serverArguments }: GrowthOptions) {
  const tokens = quick ? 300 : 1000;
  await using server = await openGrowthServer(serverArguments);
  const runId = storedRunId('long', amount);
  await storeLiveRun(join(server.dataDir, 'log.db'), runId, amount);
  const { process } = await server.start();
  const stream = await server.provider.next('long');
  add('restart', amount, (await process.usage()).cpuUs / 1000);
  await process.collected();
  const loaded = await process.collected();
  add('memory', amount, loaded.heapBytes / 1e6);

  // The first one is for the compilers.
  for (const isMeasured of [false, true]) {
    const before = await process.usage();
    const reader = await openReader(process, runId, amount + 4);
    await reader.joined;
    const joined = await process.usage();
    if (isMeasured) {
      add('joined', amount, (joined.cpuUs - before.cpuUs) / 1000);
      await reader.follow(stream, tokens);
      const warm = await process.usage();
      await reader.follow(stream, tokens);
      add('appended', amount, ((await process.usage()).cpuUs - warm.cpuUs) / tokens);
    }
    reader.close();
  }
}

async function measureAttempt(amounts: readonly number[], add: Add, { serverArguments }: GrowthOptions) {
  const window = 1000;
  await using server = await openGrowthServer(serverArguments);
  const { process, side } = await server.start();
  const { runId, stream } = await side.open('attempt', []);
  const reader = await openReader(process, runId, 1);
  await reader.joined;
  let length = 0;
  for (const amount of amounts) {
    await reader.follow(stream, amount - window - length);
    const before = await process.usage();
    await reader.follow(stream, window);
    length = amount;
    add('attempt', amount, ((await process.usage()).cpuUs - before.cpuUs) / window);
  }
  reader.close();
}

/** A subscriber that reads a run from its start. */
async function openReader(process: MeasuredProcess, runId: string, joinedAtSeq: number) {
  const joined = Promise.withResolvers<void>();
  let onToken = () => {};
  const onEvent = ({ type, seq }: HeardEvent) => {
    if (seq >= joinedAtSeq) joined.resolve();
    if (type === 'stage.delta') onToken();
  };
  const socket = await followRun(process.port, runId, () => undefined, onEvent);
  const lost = socket.closed.then(() => {
    throw new Invalid('the server has closed a connection');
  });
  lost.catch(() => undefined);
  return {
    joined: Promise.race([joined.promise, lost]),
    close: () => socket.close(),
    /** So many more tokens, each when the one before was received: each is an event. */
    async follow(stream: TokenStream, tokens: number) {
      const done = Promise.withResolvers<void>();
      let left = tokens;
      onToken = () => {
        left -= 1;
        if (left <= 0) done.resolve();
        else stream.write();
      };
      stream.write();
      await Promise.race([done.promise, lost]);
      onToken = () => {};
    },
  };
}

/** A run whose first attempt has so many deltas. */
async function storeLiveRun(path: string, runId: string, deltas: number): Promise<void> {
  const log = createSqliteLog({ path, clock: systemClock });
  const run = { runId, model: 'compatible/long', ordinal: latestOrdinal };
  const first = queuedEvent(run);
  const envelope = { runId, at: first.at };
  const place = { stage: 1, role: 'architect', attempt: 1 };
  await append(log, 0, [
    first,
    { type: 'run.started', seq: 2, ...envelope },
    { type: 'run.planned', seq: 3, ...envelope, roles: ['architect'], cause: 'start' },
    {
      type: 'stage.started',
      seq: 4,
      ...envelope,
      ...place,
      model: run.model,
      format: 'markdown',
      cause: 'plan',
      commandIds: [],
      keptChars: 0,
    },
  ]);
  const perAppend = 10_000;
  for (let written = 0; written < deltas; written += perAppend) {
    const count = Math.min(perAppend, deltas - written);
    const events = Array.from({ length: count }, (_, index) =>
      deltaEvent(run, written + index + 5, (written + index) * deltaChars),
    );
    await append(log, written + 4, events);
  }
  await log.close();

  function append(to: EventLog, expectedSeq: number, events: readonly DurableEvent[]): Promise<void> {
    return to.append({ runId, epoch: 1, expectedSeq, events });
  }
}
