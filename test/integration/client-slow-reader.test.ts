import { setTimeout as sleep } from 'node:timers/promises';
import { fold, isTerminal, type RunEvent, type RunState } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { connect } from '../../client/index.ts';
import { startComposedServer } from '../support/composed-server.ts';

const maxWaitingChars = 3000;
const runCount = 12;

test('a slow reader of the feed lets its subscription go while it has enough to read, and misses nothing', async () => {
  await using server = await startComposedServer();
  const asked: string[] = [];
  await using stagewire = connect({ url: urlOf(server), maxWaitingChars, WebSocket: telling(asked) });
  const feed = stagewire.feed({ text: true });
  await feed.next();
  for (let index = 0; index < runCount; index += 1) {
    await stagewire.start({
      task: `Run ${index}`,
      models: { default: 'rehearsal/ttft=0,tps=2000,chars=1500,reasoning=0' },
      pipeline: { roles: ['architect', 'documenter'] },
    });
  }

  const states = new Map<string, RunState>();
  const places: string[] = [];
  for await (const event of feed) {
    if (event.type === 'feed.opened') throw new Error('the feed was opened twice');
    if (event.type === 'run.deleted') throw new Error('no run is deleted here');
    if (event.type !== 'stage.delta') places.push(`${event.runId} ${event.seq}`);
    states.set(event.runId, fold(states.get(event.runId), event));
    // The reader is slow: this is what it is about.
    await sleep(1);
    if ([...states.values()].filter(({ status }) => status === 'completed').length === runCount) break;
  }

  const promised = (await server.log.readAll({ after: 0, limit: 1_000_000 })).map(({ event }) => event);
  const unseen = ['stage.delta', 'stage.reasoning', 'input.recorded'];
  expect(places).toEqual(
    promised.filter(({ type }) => !unseen.includes(type)).map(({ runId, seq }) => `${runId} ${seq}`),
  );
  for (const [runId, state] of states) {
    const { stages } = await stagewire.run(runId).snapshot();
    expect(textsOf(state.stages)).toEqual(textsOf(stages));
  }
  // Each time behind the event that it had last.
  expect(asked.length).toBeGreaterThan(3);
  expect(asked.slice(1).every((input) => input.includes('"lastEventId":"feed-'))).toBe(true);
});

test('so does a slow reader of one run from a cursor on', async () => {
  await using server = await startComposedServer();
  const asked: string[] = [];
  await using stagewire = connect({ url: urlOf(server), maxWaitingChars: 500, WebSocket: telling(asked) });
  const run = await stagewire.start({
    task: 'Review',
    models: { default: 'rehearsal/ttft=0,tps=0,chars=4000,reasoning=50' },
  });
  await run.result();
  asked.length = 0;

  const read: RunEvent[] = [];
  for await (const event of run.events({ include: { reasoning: true } })) {
    expect(event.firstSeq ?? event.seq).toBe((read.at(-1)?.seq ?? 0) + 1);
    read.push(event);
    // The reader is slow: this is what it is about.
    await sleep(1);
  }

  expect(read.filter(isTerminal)).toHaveLength(1);
  expect(read.reduce<RunState | undefined>(fold, undefined)).toEqual(await run.snapshot());
  expect(asked.length).toBeGreaterThan(3);
});

// It once asked the server again, which may be gone by then, or the run. Broken once: without the end behind the
// terminal event, this was red.
test('a slow reader who has the last event does not ask for more', async () => {
  await using server = await startComposedServer();
  const asked: string[] = [];
  await using stagewire = connect({ url: urlOf(server), maxWaitingChars: 1, WebSocket: telling(asked) });
  const run = await stagewire.start({
    task: 'Review',
    pipeline: { roles: ['architect'] },
    models: { default: 'rehearsal/ttft=0,tps=0,chars=100,reasoning=0' },
  });
  await run.result();
  asked.length = 0;

  const events = run.events({ include: { reasoning: true } });
  for await (const event of events) {
    expect(event.runId).toBe(run.id);
    // Slower still: each event is read when all of them have come.
    await sleep(20);
  }

  expect(asked.length).toBeGreaterThan(1);
  expect(asked.filter((input) => input.includes(events.cursor ?? ''))).toEqual([]);
});

const urlOf = ({ port }: { readonly port: number }) => `http://127.0.0.1:${port}`;

const textsOf = (stages: RunState['stages']) =>
  stages.map(({ attempts }) => attempts.map(({ text }) => text));

/** A WebSocket that tells what is subscribed to. */
function telling(asked: string[]): typeof WebSocket {
  return class extends WebSocket {
    override send(data: Parameters<WebSocket['send']>[0]): void {
      if (typeof data === 'string' && data.includes('"method":"subscription"')) asked.push(data);
      super.send(data);
    }
  };
}
