import fc from 'fast-check';
import { fold, formatCursor, isTransient } from '@stagewire/shared';
import type { RunEvent, RunState } from '@stagewire/shared';
import { expect, test } from 'vitest';
import type { EventLog } from '../../server/log/event-log.ts';
import { subscribeToRun } from '../../server/delivery/subscribe-to-run.ts';
import type { SequencedEvent } from '../../server/delivery/subscribe-options.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createTails } from '../../server/delivery/tails.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { createReader } from '../support/reader.ts';
import type { Reader } from '../support/reader.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

const runId = runIdOf(1);
const heartbeatMs = 1000;

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('text' as const),
      texts: fc.array(fc.string({ maxLength: 9 }), { minLength: 1, maxLength: 12 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('reasoning' as const),
      texts: fc.array(fc.string({ maxLength: 9 }), { minLength: 1, maxLength: 12 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('attempt' as const), keep: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('recover' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 2500 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      reasoning: fc.boolean(),
      windowMs: fc.constantFrom(0, 0, 40),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('shut' as const, 'open' as const), who: fc.nat() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('resume' as const), who: fc.nat(), back: fc.nat() }) },
);

/** A user who had the log up to `after` from somebody else comes with that cursor. */
const handover = fc.record({
  do: fc.constant('handover' as const),
  after: fc.nat(),
  reasoning: fc.boolean(),
});

/** A log as one on another machine: answers come some turns after they were true, commits are told at once. */
function createLateLog(clock: FakeClock): EventLog {
  const log = createMemoryLog({ clock });
  const late = async <T>(answer: Promise<T>): Promise<T> => {
    const known = await answer;
    for (let turns = 0; turns < 3; turns += 1) await new Promise<void>((resolve) => clock.turn(resolve));
    return known;
  };
  return {
    ...log,
    head: (id) => late(log.head(id)),
    read: (id, page) => late(log.read(id, page)),
    at: (id, seq) => late(log.at(id, seq)),
  };
}

/** A user: what it has applied so far, and the connection it has just now. */
interface User {
  readonly reasoning: boolean;
  readonly windowMs: number;
  events: RunEvent[];
  cursors: string[];
  reader: Reader<SequencedEvent>;
}

const foldAll = (events: readonly RunEvent[]) => events.reduce<RunState | undefined>(fold, undefined);

test('whatever happens, every follower folds to the state of the log, by a chain without gaps', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 12, arbitrary: step }, handover), { minLength: 5, maxLength: 60 }),
      async (steps) => {
        const clock = createFakeClock();
        const log = createLateLog(clock);
        const tails = createTails(log, { clock, maxEntries: 10, pageEntries: 4, maxMergedChars: 25 });
        const run = createRunScript(runId);
        const users: User[] = [];

        const connect = (reasoning: boolean, windowMs: number, after: number) =>
          createReader(({ signal, ready, sink }) =>
            subscribeToRun(tails, {
              sink: users.length % 2 === 0 ? sink : undefined,
              runId,
              after,
              include: { reasoning },
              heartbeatMs,
              window: () => windowMs,
              heartbeat: () => ({ type: 'run.waiting', phase: 'queued', elapsedMs: 0 }),
              signal,
              ready,
            }),
          );
        /** Takes over what the user's connection has brought. */
        const collect = (user: User) => {
          user.events.push(...user.reader.items.map(({ event }) => event));
          user.cursors.push(...user.reader.items.map(({ cursor }) => cursor));
          user.reader.items.length = 0;
        };
        const join = (reasoning: boolean, windowMs: number) =>
          users.push({
            reasoning,
            windowMs,
            events: [],
            cursors: [],
            reader: connect(reasoning, windowMs, 0),
          });

        const append = (what: Parameters<typeof log.append>[0]) => void log.append(what);
        append(run.begin());
        await clock.runTurns();
        join(true, 0);
        join(false, 0);
        for (const one of steps) {
          if (one.do === 'text') append(run.deltas(...one.texts));
          else if (one.do === 'reasoning') append(run.reasoning(...one.texts));
          else if (one.do === 'attempt') append(run.nextAttempt({ keep: one.keep }));
          else if (one.do === 'recover') append(run.recover());
          else if (one.do === 'advance') await clock.advance(one.ms);
          else if (one.do === 'join') join(one.reasoning, one.windowMs);
          else if (one.do === 'handover') {
            await clock.runTurns();
            const reading = log.read(runId, { after: 0, limit: one.after % (run.seq + 1) });
            await clock.runTurns();
            const known = await reading;
            users.push({
              reasoning: one.reasoning,
              windowMs: 0,
              events: known.map(({ event }) => event),
              cursors: known.map(({ epoch, event }) => formatCursor(runId, { epoch, seq: event.seq })),
              reader: connect(one.reasoning, 0, known.length),
            });
          } else {
            const user = users[one.who % users.length];
            if (user === undefined) continue;
            if (one.do !== 'resume') user.reader[one.do]();
            else {
              user.reader.abort();
              await clock.runTurns();
              collect(user);
              // It forgets up to three of the last and comes back with the cursor before: each may be merged.
              const kept = Math.max(0, user.events.length - (one.back % 4));
              user.events.length = kept;
              user.cursors.length = kept;
              const seq = user.events.at(-1)?.seq ?? 0;
              user.reader = connect(user.reasoning, user.windowMs, seq);
            }
          }
        }
        append(run.complete());
        for (const user of users) user.reader.open();
        await clock.advance(heartbeatMs);

        const reading = log.read(runId, { after: 0, limit: 100_000 });
        await clock.runTurns();
        const entries = await reading;
        const all = entries.map(({ event }) => event);
        const epochs = new Map(entries.map(({ epoch, event }) => [event.seq, epoch]));
        for (const user of users) {
          expect(user.reader.isEnded).toBe(true);
          collect(user);
          let last = 0;
          user.events.forEach((event, index) => {
            expect(user.cursors[index]).toMatch(new RegExp(`^${epochs.get(event.seq)}-${event.seq}-`));
            if (isTransient(event)) return expect(event.seq).toBe(last);
            expect(event.firstSeq ?? event.seq).toBe(last + 1);
            last = event.seq;
          });
          expect(last).toBe(all.length);
          const wanted = (event: RunEvent) => user.reasoning || event.type !== 'stage.reasoning';
          expect(foldAll(user.events.filter(wanted))).toEqual(foldAll(all.filter(wanted)));
        }
        expect(clock.pendingTimers).toBe(0);
      },
    ),
    { numRuns: 150 },
  );
});
