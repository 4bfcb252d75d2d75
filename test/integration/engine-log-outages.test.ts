import { expect, test } from 'vitest';
import { LogUnavailable, RunUnreadable, type EventLog } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createEngine } from '../support/engine.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFallibleLog } from '../support/fallible-log.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

test('an outage that goes on after a probe has succeeded is the same outage', async () => {
  const clock = createFakeClock();
  const disk = { full: false };
  const memory = createFallibleLog({
    clock,
    beforeCommit() {
      if (disk.full) throw new Error('disk full');
    },
  });
  const log: EventLog = { ...memory, probe: () => Promise.resolve() };
  const provider = createScriptedProvider();
  const engine = createEngine({ provider, clock, log, logRetryMs: 1000 });
  const runId = await engine.start();
  provider.call.use({ inputTokens: 1234, outputTokens: 56, reasoningTokens: 0, source: 'final' });
  provider.call.say('durable ');
  await clock.runTurns();
  disk.full = true;
  provider.call.say('lost');
  await clock.advance(2500);
  expect(engine.supervisor.heartbeat(runId)).toEqual({ type: 'run.waiting', phase: 'log', elapsedMs: 2500 });
  disk.full = false;
  await clock.advance(1000);
  expect((await engine.events(runId)).find(({ type }) => type === 'stage.interrupted')).toMatchObject({
    usage: { inputTokens: 1234, outputTokens: 56 },
  });
});

// While it was read whether the last append is in the log, the run seemed to wait for nothing.
test('the outage lasts until it is known what the log has', async () => {
  const clock = createFakeClock();
  const memory = createMemoryLog({ clock });
  const fault = { isOn: false, read: undefined as Promise<void> | undefined };
  const log: EventLog = {
    ...memory,
    async append(one) {
      await memory.append(one);
      if (fault.isOn) throw new LogUnavailable('no answer', { outcome: 'unknown' });
    },
    async read(id, page) {
      await fault.read;
      return memory.read(id, page);
    },
  };
  const provider = createScriptedProvider();
  const engine = createEngine({ provider, clock, log, logRetryMs: 1000 });
  const runId = await engine.start();
  fault.isOn = true;
  const reading = Promise.withResolvers<void>();
  fault.read = reading.promise;
  provider.call.say('durable ');
  await clock.runTurns();
  fault.isOn = false;
  await clock.advance(1500);
  expect(engine.supervisor.heartbeat(runId)).toEqual({ type: 'run.waiting', phase: 'log', elapsedMs: 1500 });
  reading.resolve();
  await clock.advance(1000);
  expect(await engine.state(runId)).toMatchObject({
    status: 'running',
    stages: [{ attempts: [{ text: 'durable ' }, { text: 'durable ', status: 'running' }] }],
  });
});

// The run waited for the log, which was not probed any more, until the next start of the server.
test('a run whose log cannot be read after an outage fails', async () => {
  const clock = createFakeClock();
  const memory = createMemoryLog({ clock });
  const fault = { ofAppend: false, ofRead: false };
  const log: EventLog = {
    ...memory,
    append: (one) =>
      fault.ofAppend
        ? Promise.reject(new LogUnavailable('no answer', { outcome: 'unknown' }))
        : memory.append(one),
    read: (id, page) =>
      fault.ofRead ? Promise.reject(new RunUnreadable(id, 'a row is damaged')) : memory.read(id, page),
  };
  const provider = createScriptedProvider();
  const engine = createEngine({ provider, clock, log, logRetryMs: 1000 });
  const runId = await engine.start();
  fault.ofAppend = true;
  provider.call.say('text');
  await clock.runTurns();
  fault.ofAppend = false;
  fault.ofRead = true;
  await clock.advance(1000);
  expect(engine.supervisor.heartbeat(runId)).toBeUndefined();
  fault.ofRead = false;
  expect(await engine.state(runId)).toMatchObject({ status: 'failed' });
});
